-- A6: how long does a transaction take from commit at the source to commit at the target?
-- grain:   one row per customer and part; a part without transactions is a row with a null value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now, as counted last); by text (null, flow, day, system, workflow)
-- columns: customer_id int; part, currency text; value float8 (95th percentile, seconds; null: nothing measured, or so much
--          failed that it is never reached: see not_reached); numerator (within the promised threshold), denominator (judged:
--          measured, failed, overdue, missed) numeric; unknown (good, but its times are not known), sample bigint; low,
--          high float8 (null); beside them p50, p95, p99 float8; not_reached text[]; share_within, share_low, share_high
--          float8; measured, zero (clocks disagree), infinite bigint; bucket, n int[] (the histogram itself)
-- source:  log buckets of 1 % relative error: DDSketch, VLDB 2019; failures are infinite: metrics.md A6, 4.2
WITH
-- include: latency_count
,
-- include: parts
,
placed AS (
  SELECT
    c.customer_id,
    ''
-- include: part_name
      AS part,
    c.n_within, c.n_zero, c.n_infinite, c.n_unknown, c.bucket, c.n
  FROM counted c
-- include: part_join
),
-- include: latency_percentile
SELECT
  p.customer_id, p.part, CAST(NULL AS text) AS currency, p.p95 AS value,
  CAST(p.n_within AS numeric) AS numerator, CAST(p.judged AS numeric) AS denominator,
  CAST(p.n_unknown AS bigint) AS unknown, CAST(p.judged AS bigint) AS sample,
  CAST(NULL AS float8) AS low, CAST(NULL AS float8) AS high,
  p.p50, p.p95, p.p99, p.not_reached,
  CAST(p.n_within AS float8) / nullif(CAST(p.judged AS float8), 0) AS share_within,
  CAST(p.n_within AS float8) / nullif(CAST(p.judged + p.n_unknown AS float8), 0) AS share_low,
  CAST(p.n_within + p.n_unknown AS float8) / nullif(CAST(p.judged + p.n_unknown AS float8), 0) AS share_high,
  CAST(p.measured AS bigint) AS measured, CAST(p.n_zero AS bigint) AS zero, CAST(p.n_infinite AS bigint) AS infinite, p.bucket, p.n
FROM percentile p
ORDER BY p.customer_id, p.part
