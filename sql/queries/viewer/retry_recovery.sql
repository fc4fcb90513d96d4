-- A3: of the transactions that did not succeed at once, which share did automatic retries save in time?
-- grain:   one row per customer and part; a part in which nothing failed at first is a row with a null value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now, as counted last); by text (null, flow, day, month, system, workflow)
-- columns: customer_id int; part, currency text; value float8 0..1; numerator, denominator numeric; unknown, sample bigint;
--          low, high float8 (every unknown bad, good); beside them recovered late or by a person (s3), failed, overdue
-- source:  metrics.md A3: S2 ÷ (S2 + S3 + F + O⁺); missed slots had no attempt that could be retried
WITH
-- include: transaction_count
,
-- include: parts
,
-- include: transaction_sum
,
tried AS (
  SELECT r.*, r.s2 + r.s3 + r.failed + r.overdue AS troubled
  FROM summed r
)
SELECT
  r.customer_id, r.part, CAST(NULL AS text) AS currency,
  CAST(r.s2 AS float8) / nullif(CAST(r.troubled AS float8), 0) AS value,
  CAST(r.s2 AS numeric) AS numerator, CAST(r.troubled AS numeric) AS denominator,
  CAST(r.unknown AS bigint) AS unknown, CAST(r.troubled AS bigint) AS sample,
  CAST(r.s2 AS float8) / nullif(CAST(r.troubled + r.unknown AS float8), 0) AS low,
  CAST(r.s2 + r.unknown AS float8) / nullif(CAST(r.troubled + r.unknown AS float8), 0) AS high,
  r.s3, r.failed, r.overdue
FROM tried r
ORDER BY r.customer_id, r.part
