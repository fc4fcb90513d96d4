-- The end of a question about durations in log buckets: percentiles by part, and the share that was as fast as promised.
-- expects: counted (fragment latency_count or duration_count); params customer_ids, as_of, by
-- gives:   the rows of the question: one per customer and part; a part without transactions has one with a null value
-- source:  as latency_percentile
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
