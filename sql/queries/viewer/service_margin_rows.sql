-- The months behind D2, the newest first: what came in, what was owed back and what the work cost.
-- grain:   three rows per month that is known (fee, credits, work), one per month that is not
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (the month begins); outcome text (fee, credits, work; or what is missing);
--          in_numerator, in_denominator, is_unknown boolean; value float8 (minutes of the work); amount numeric (credits and work negative);
--          currency, flow_key, tier text
-- source:  as the figure's
WITH
-- include: fee_step
,
-- include: effort
,
-- include: served_month
SELECT
  m.customer_id, CAST(NULL AS text) AS system_key, m.month AS item_id, concat_ws(', ', s.name, m.month) AS label, m.since AS at,
  coalesce(m.reason, x.outcome) AS outcome, m.reason IS NULL AS in_numerator, m.reason IS NULL AND x.place = 1 AS in_denominator,
  m.reason IS NOT NULL AS is_unknown, CASE WHEN x.place = 3 THEN CAST(m.minutes AS float8) END AS value,
  CASE WHEN m.reason IS NULL THEN x.amount END AS amount, CASE WHEN m.reason IS NULL THEN m.currency END AS currency, CAST(NULL AS text) AS flow_key,
  coalesce(m.tier, '(none)') AS tier
FROM served_month m
JOIN served s ON s.customer_id = m.customer_id
CROSS JOIN LATERAL (VALUES (1, 'fee', m.fee), (2, 'credits', -m.credits), (3, 'work', -m.cost)) x (place, outcome, amount)
WHERE m.reason IS NULL OR x.place = 1
ORDER BY m.since DESC, m.customer_id, x.place
LIMIT CAST(:row_limit AS bigint)
