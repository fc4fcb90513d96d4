-- The end of a question about time sheets: the entries behind it, the longest first.
-- expects: step (fragment sheet_clock); parameters customer_ids; since, until, as_of; row_limit (null: all)
-- gives:   the rows of the question: one per time entry that was watched or could not be judged
-- include: sheet_clock
,
-- include: practice
SELECT
  s.customer_id, y.key AS system_key, s.item_id,
  concat_ws(', ', coalesce(a.name, s.account_ref), coalesce(p.name, s.project_ref), to_char(s.worked_on, 'YYYY-MM-DD'), round(s.hours, 2) || ' h') AS label,
  s.began_at AS at,
  CASE s.cause WHEN 1 THEN n.done WHEN 2 THEN 'ended otherwise' WHEN 0 THEN 'open' ELSE 'unknown' END AS outcome,
  coalesce(s.cause = 1, false) AS in_numerator, s.cause IS NOT NULL AS in_denominator, s.cause IS NULL AS is_unknown,
  s.t AS value, s.amount, CASE WHEN s.amount IS NOT NULL THEN s.currency END AS currency, CAST(NULL AS text) AS flow_key,
  coalesce(o.practice, '(no practice)') AS practice
FROM sheet s
CROSS JOIN step n
JOIN ops.system y ON y.customer_id = s.customer_id AND y.system_id = s.system_id
LEFT JOIN biz.project p ON p.customer_id = s.customer_id AND p.system_id = s.system_id AND p.source_id = s.project_ref
LEFT JOIN practice o ON o.customer_id = s.customer_id AND o.system_id = s.system_id AND o.project_ref = s.project_ref
LEFT JOIN biz.account a ON a.customer_id = s.customer_id AND a.system_id = s.system_id AND a.source_id = s.account_ref
ORDER BY s.t DESC NULLS LAST, s.customer_id, s.system_id, s.item_id
LIMIT CAST(:row_limit AS bigint)
