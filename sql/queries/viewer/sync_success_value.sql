-- A1m: of the money in the transactions that came due, which share was moved right and in time?
-- grain:   one row per customer, part and currency; a part without amounts is a row without a currency and a value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now, as counted last); by text (null, flow, day, system, workflow)
-- columns: customer_id int; part, currency text; value float8 0..1; numerator, denominator numeric (money); unknown, sample
--          bigint (transactions with an amount); low, high float8 (every unknown bad, good); beside them unknown_amount,
--          bad_amount, pending_amount numeric
-- source:  metrics.md A1, by value; currencies are never added
WITH counted AS MATERIALIZED (
  SELECT
    h.customer_id, h.flow_id, CAST(h.hour AT TIME ZONE c.time_zone AS date) AS day, h.currency, h.n_valid, h.n_unknown,
    h.amount_good, h.amount_bad, h.amount_open, h.amount_unknown
  FROM kpi.flow_hour_money h
  JOIN ops.customer c ON c.customer_id = h.customer_id
  WHERE CAST(:as_of AS timestamptz) IS NULL
    AND h.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND h.hour >= CAST(:since AS timestamptz) AND h.hour < CAST(:until AS timestamptz)
-- include: money_seen
),
-- include: parts
,
summed AS (
  SELECT
    c.customer_id, CASE WHEN CAST(:by AS text) = 'day' THEN to_char(c.day, 'YYYY-MM-DD') ELSE f.part END AS part, c.currency,
    sum(c.amount_good) AS good, sum(c.amount_good + c.amount_bad) AS valid, sum(c.amount_open) AS pending,
    sum(c.amount_unknown) AS unknown, sum(c.n_valid) AS n_valid, sum(c.n_unknown) AS n_unknown
  FROM counted c
  JOIN part_of_flow f ON f.customer_id = c.customer_id AND f.flow_id = c.flow_id
  GROUP BY 1, 2, 3
)
SELECT
  coalesce(p.customer_id, s.customer_id) AS customer_id, coalesce(p.part, s.part) AS part, s.currency,
  CAST(s.good / nullif(s.valid, 0) AS float8) AS value,
  s.good AS numerator, s.valid AS denominator,
  CAST(coalesce(s.n_unknown, 0) AS bigint) AS unknown, CAST(coalesce(s.n_valid, 0) AS bigint) AS sample,
  CAST(s.good / nullif(s.valid + s.unknown, 0) AS float8) AS low,
  CAST((s.good + s.unknown) / nullif(s.valid + s.unknown, 0) AS float8) AS high,
  s.unknown AS unknown_amount, s.valid - s.good AS bad_amount, s.pending AS pending_amount
FROM part p
FULL JOIN summed s ON s.customer_id = p.customer_id AND s.part = p.part
ORDER BY 1, 2, 3
