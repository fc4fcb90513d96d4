-- The end of a list of the customers whose retention is told: what each paid a year ago, and what counts of what it pays now.
-- expects: served (fragment fee_step); kept (what fragment retained gives, and counts numeric; null: it pays in another currency); param row_limit
-- gives:   the rows of the list
-- source:  as retained
SELECT
  r.customer_id, CAST(NULL AS text) AS system_key, CAST(r.customer_id AS text) AS item_id, concat_ws(', ', r.name, r.tier) AS label,
  CASE WHEN x.is_now THEN s.at ELSE r.since END AS at,
  CASE WHEN r.counts IS NULL THEN 'another currency' WHEN x.is_now THEN 'now' ELSE 'a year ago' END AS outcome,
  x.is_now AND r.counts IS NOT NULL AS in_numerator, NOT x.is_now AND r.counts IS NOT NULL AS in_denominator, r.counts IS NULL AS is_unknown,
  CAST(NULL AS float8) AS value, CASE WHEN r.counts IS NOT NULL THEN x.amount END AS amount,
  CASE WHEN r.counts IS NOT NULL THEN r.currency END AS currency, CAST(NULL AS text) AS flow_key
FROM kept r
JOIN served s ON s.customer_id = r.customer_id
CROSS JOIN LATERAL (VALUES (false, r.start), (true, r.counts)) x (is_now, amount)
WHERE r.counts IS NOT NULL OR NOT x.is_now
ORDER BY r.start DESC, r.customer_id, x.is_now
LIMIT CAST(:row_limit AS bigint)
