-- A3b: how many attempts does a transaction take?
-- grain:   one row per customer and part; a part in which nothing was attempted is a row with a null value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now, as counted last); by text (null, flow, day, month, system, workflow)
-- columns: customer_id int; part, currency text; value float8 (attempts for each transaction); numerator (attempts),
--          denominator (transactions with an attempt) numeric; unknown, sample bigint; low, high float8 (null)
-- source:  metrics.md A3: Σ attempts ÷ Σ transactions with at least one; above 1.2 rate limits are in danger
WITH
-- include: transaction_count
,
-- include: parts
,
-- include: transaction_sum
SELECT
  r.customer_id, r.part, CAST(NULL AS text) AS currency,
  CAST(r.attempts AS float8) / nullif(CAST(r.attempted AS float8), 0) AS value,
  CAST(r.attempts AS numeric) AS numerator, CAST(r.attempted AS numeric) AS denominator,
  CAST(0 AS bigint) AS unknown, CAST(r.attempted AS bigint) AS sample,
  CAST(NULL AS float8) AS low, CAST(NULL AS float8) AS high
FROM summed r
ORDER BY r.customer_id, r.part
