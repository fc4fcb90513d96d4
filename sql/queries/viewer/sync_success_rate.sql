-- A1: of the transactions that came due, which share was done right and in time?
-- grain:   one row per customer and part; a part without transactions is a row with a null value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now, as counted last); by text (null, flow, day, month, system, workflow)
-- columns: customer_id int; part, currency text; value float8 0..1; numerator, denominator numeric; unknown, sample bigint;
--          low, high float8 (every unknown bad, good); beside them counts by outcome, pending ones
-- source:  good over valid events: Google SRE Workbook, "Implementing SLOs"; metrics.md A1
WITH
-- include: transaction_count
,
-- include: parts
,
-- include: transaction_sum
SELECT
  r.customer_id, r.part, CAST(NULL AS text) AS currency,
  CAST(r.good AS float8) / nullif(CAST(r.valid AS float8), 0) AS value,
  CAST(r.good AS numeric) AS numerator, CAST(r.valid AS numeric) AS denominator,
  CAST(r.unknown AS bigint) AS unknown, CAST(r.valid AS bigint) AS sample,
  CAST(r.good AS float8) / nullif(CAST(r.valid + r.unknown AS float8), 0) AS low,
  CAST(r.good + r.unknown AS float8) / nullif(CAST(r.valid + r.unknown AS float8), 0) AS high,
  r.s1, r.s2, r.s3, r.failed, r.overdue, r.missed, r.pending, r.void
FROM summed r
ORDER BY r.customer_id, r.part
