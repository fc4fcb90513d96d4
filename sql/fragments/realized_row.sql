-- The end of a list of work and what became of it, what counts first.
-- expects: look; shown (what fragment realized or collected gives, in_numerator boolean, told numeric: the amount that is shown); param row_limit
-- gives:   the rows of the list
-- source:  as realized
,
-- include: practice
SELECT
  r.customer_id, y.key AS system_key, r.item_id,
  concat_ws(', ', coalesce(a.name, r.account_ref), coalesce(p.name, r.project_ref), to_char(r.worked_on, 'YYYY-MM-DD'),
            CASE WHEN r.item_type = 'time_entry' THEN round(r.hours, 2) || ' h' ELSE 'expense' END) AS label,
  CAST(r.worked_on AS timestamp) AT TIME ZONE k.time_zone AS at,
  CASE WHEN r.lost_how = 'old' THEN 'not billed after 90 days' ELSE replace(coalesce(r.lost_how, r.outcome), '_', ' ') END AS outcome,
  r.in_numerator, r.outcome <> 'unknown' AS in_denominator, r.outcome = 'unknown' AS is_unknown,
  CAST(r.hours AS float8) AS value, r.told AS amount, r.currency, CAST(NULL AS text) AS flow_key, r.standard,
  coalesce(o.practice, '(no practice)') AS practice
FROM shown r
JOIN look k ON k.customer_id = r.customer_id
JOIN ops.system y ON y.customer_id = r.customer_id AND y.system_id = r.system_id
LEFT JOIN biz.project p ON p.customer_id = r.customer_id AND p.system_id = r.system_id AND p.source_id = r.project_ref
LEFT JOIN practice o ON o.customer_id = r.customer_id AND o.system_id = r.system_id AND o.project_ref = r.project_ref
LEFT JOIN biz.account a ON a.customer_id = r.customer_id AND a.system_id = r.system_id AND a.source_id = r.account_ref
ORDER BY r.in_numerator DESC, r.standard DESC NULLS LAST, r.worked_on, r.customer_id, r.item_id, r.invoice_id, r.outcome
LIMIT CAST(:row_limit AS bigint)
