-- The customers behind D3, those that paid the most first.
-- grain:   two rows per customer of the cohort: what it paid a year ago, and what counts of what it pays now; one where the currency changed
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz; outcome text (a year ago, now, another currency); in_numerator,
--          in_denominator, is_unknown boolean; value float8 (null); amount numeric; currency, flow_key text
-- source:  as the figure's
WITH
-- include: fee_step
,
-- include: retained
SELECT
  r.customer_id, CAST(NULL AS text) AS system_key, CAST(r.customer_id AS text) AS item_id, concat_ws(', ', r.name, r.tier) AS label,
  CASE WHEN x.is_now THEN s.at ELSE r.since END AS at,
  CASE WHEN r.finish IS NULL THEN 'another currency' WHEN x.is_now THEN 'now' ELSE 'a year ago' END AS outcome,
  x.is_now AND r.finish IS NOT NULL AS in_numerator, NOT x.is_now AND r.finish IS NOT NULL AS in_denominator, r.finish IS NULL AS is_unknown,
  CAST(NULL AS float8) AS value, CASE WHEN r.finish IS NOT NULL THEN x.amount END AS amount,
  CASE WHEN r.finish IS NOT NULL THEN r.currency END AS currency, CAST(NULL AS text) AS flow_key
FROM retained r
JOIN served s ON s.customer_id = r.customer_id
CROSS JOIN LATERAL (VALUES (false, r.start), (true, r.finish)) x (is_now, amount)
WHERE r.finish IS NOT NULL OR NOT x.is_now
ORDER BY r.start DESC, r.customer_id, x.is_now
LIMIT CAST(:row_limit AS bigint)
