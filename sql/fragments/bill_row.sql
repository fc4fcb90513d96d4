-- The end of a question about the time to bill: the pieces of work behind it, the longest first.
-- expects: watch (fragment bill_watch or bill_watch_cohort); parameters customer_ids; row_limit (null: all)
-- gives:   the rows of the question: one per piece of work that was watched or could not be judged
-- include: bill_clock
,
-- include: practice
,
shown AS (
  SELECT p.*
  FROM piece p
  ORDER BY p.t DESC NULLS LAST, p.customer_id, p.system_id, p.item_id, p.ends_at
  LIMIT CAST(:row_limit AS bigint)
)
SELECT
  s.customer_id, y.key AS system_key, s.item_id,
  concat_ws(', ', coalesce(a.name, s.account_ref), coalesce(p.name, s.project_ref), to_char(s.worked_on, 'YYYY-MM-DD'),
            CASE WHEN s.item_type = 'time_entry' THEN round(s.hours, 2) || ' h' ELSE 'expense' END) AS label,
  nullif(s.approved_at, CAST('infinity' AS timestamptz)) AS at,
  CASE s.cause WHEN 1 THEN 'billed' WHEN 2 THEN s.left_how WHEN 0 THEN 'open' ELSE 'unknown' END AS outcome,
  coalesce(s.cause = 1, false) AS in_numerator,
  s.cause IS NOT NULL AS in_denominator,
  s.cause IS NULL AS is_unknown,
  s.t AS value, s.amount, s.currency, CAST(NULL AS text) AS flow_key, coalesce(o.practice, '(no practice)') AS practice
FROM shown s
JOIN ops.system y ON y.customer_id = s.customer_id AND y.system_id = s.system_id
LEFT JOIN biz.project p ON p.customer_id = s.customer_id AND p.system_id = s.system_id AND p.source_id = s.project_ref
LEFT JOIN practice o ON o.customer_id = s.customer_id AND o.system_id = s.system_id AND o.project_ref = s.project_ref
LEFT JOIN biz.account a ON a.customer_id = s.customer_id AND a.system_id = s.system_id AND a.source_id = s.account_ref
ORDER BY s.t DESC NULLS LAST, s.customer_id, s.system_id, s.item_id, s.ends_at
