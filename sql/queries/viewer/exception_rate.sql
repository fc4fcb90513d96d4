-- A12: of the transactions that came due, which share ended in the exception queue?
-- grain:   one row per customer and part; a part without transactions is a row with a null value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now, as counted last); by text (null, flow, day, month, system, workflow)
-- columns: customer_id int; part, currency text; value float8 0..1; numerator, denominator numeric; unknown, sample bigint;
--          low, high float8 (no unknown one did, every one did); beside them the counts by outcome
-- source:  metrics.md A12: distinct valid transactions with at least one exception. Every transaction that is decided bad (S3, F, O+, M)
--          opens exactly one, and no other does (metrics.detect), so they are counted from the same counters as A1
WITH
-- include: transaction_count
,
-- include: parts
,
-- include: transaction_sum
SELECT
  r.customer_id, r.part, CAST(NULL AS text) AS currency,
  CAST(r.valid - r.good AS float8) / nullif(CAST(r.valid AS float8), 0) AS value,
  CAST(r.valid - r.good AS numeric) AS numerator, CAST(r.valid AS numeric) AS denominator,
  CAST(r.unknown AS bigint) AS unknown, CAST(r.valid AS bigint) AS sample,
  CAST(r.valid - r.good AS float8) / nullif(CAST(r.valid + r.unknown AS float8), 0) AS low,
  CAST(r.valid - r.good + r.unknown AS float8) / nullif(CAST(r.valid + r.unknown AS float8), 0) AS high,
  r.s3, r.failed, r.overdue, r.missed
FROM summed r
ORDER BY r.customer_id, r.part
