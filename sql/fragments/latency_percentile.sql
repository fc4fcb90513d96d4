-- Merges histograms by part and reads percentiles off them.
-- expects: placed (customer_id, part, n_within, n_zero, n_infinite, n_unknown, bucket smallint[], n int[]), part (fragment parts)
-- gives:   percentile, one row per customer and part: the counts added up; measured; judged = zero + measured + infinite;
--          p50, p95, p99 (null when nothing was judged or when the percentile lies among the infinite ones);
--          not_reached text[], the percentiles that do, however fast the unknown ones were; bucket, n int[]: the merged histogram
-- source:  DDSketch: the smallest bucket whose cumulated count exceeds q (N - 1); values up to zero come first, infinite ones last
bucket AS (
  SELECT u.customer_id, u.part, u.bucket, sum(u.n) AS n
  FROM (
    SELECT p.customer_id, p.part, unnest(p.bucket) AS bucket, unnest(p.n) AS n
    FROM placed p
    WHERE p.bucket IS NOT NULL
  ) u
  GROUP BY u.customer_id, u.part, u.bucket
),
total AS (
  SELECT
    coalesce(l.customer_id, c.customer_id) AS customer_id, coalesce(l.part, c.part) AS part,
    coalesce(c.n_within, 0) AS n_within, coalesce(c.n_zero, 0) AS n_zero, coalesce(c.n_infinite, 0) AS n_infinite,
    coalesce(c.n_unknown, 0) AS n_unknown
  FROM part l
  FULL JOIN (
    SELECT
      p.customer_id, p.part, sum(p.n_within) AS n_within, sum(p.n_zero) AS n_zero, sum(p.n_infinite) AS n_infinite,
      sum(p.n_unknown) AS n_unknown
    FROM placed p
    GROUP BY p.customer_id, p.part
  ) c ON c.customer_id = l.customer_id AND c.part = l.part
),
ranked AS (
  SELECT
    b.customer_id, b.part, b.bucket, b.n, t.n_zero + sum(b.n) OVER so_far AS upto,
    t.n_zero + t.n_infinite + sum(b.n) OVER (PARTITION BY b.customer_id, b.part) AS judged
  FROM bucket b
  JOIN total t ON t.customer_id = b.customer_id AND t.part = b.part
  WINDOW so_far AS (PARTITION BY b.customer_id, b.part ORDER BY b.bucket)
),
merged AS (
  SELECT
    r.customer_id, r.part, CAST(sum(r.n) AS bigint) AS measured,
    min(r.bucket) FILTER (WHERE r.upto > CAST(0.50 AS float8) * (r.judged - 1)) AS k50,
    min(r.bucket) FILTER (WHERE r.upto > CAST(0.95 AS float8) * (r.judged - 1)) AS k95,
    min(r.bucket) FILTER (WHERE r.upto > CAST(0.99 AS float8) * (r.judged - 1)) AS k99,
    array_agg(CAST(r.bucket AS int) ORDER BY r.bucket) AS bucket, array_agg(CAST(r.n AS int) ORDER BY r.bucket) AS n
  FROM ranked r
  GROUP BY r.customer_id, r.part
),
read_off AS (
  SELECT
    t.customer_id, t.part, t.n_within, t.n_zero, t.n_infinite, t.n_unknown,
    coalesce(m.measured, 0) AS measured, t.n_zero + coalesce(m.measured, 0) + t.n_infinite AS judged,
    t.n_zero + coalesce(m.measured, 0) + t.n_unknown AS finite,
    CASE WHEN t.n_zero > CAST(0.50 AS float8) * (t.n_zero + coalesce(m.measured, 0) + t.n_infinite - 1) THEN 0 ELSE kpi.bucket_middle(m.k50) END AS p50,
    CASE WHEN t.n_zero > CAST(0.95 AS float8) * (t.n_zero + coalesce(m.measured, 0) + t.n_infinite - 1) THEN 0 ELSE kpi.bucket_middle(m.k95) END AS p95,
    CASE WHEN t.n_zero > CAST(0.99 AS float8) * (t.n_zero + coalesce(m.measured, 0) + t.n_infinite - 1) THEN 0 ELSE kpi.bucket_middle(m.k99) END AS p99,
    coalesce(m.bucket, CAST(ARRAY[] AS int[])) AS bucket, coalesce(m.n, CAST(ARRAY[] AS int[])) AS n
  FROM total t
  LEFT JOIN merged m ON m.customer_id = t.customer_id AND m.part = t.part
),
percentile AS (
  SELECT
    r.customer_id, r.part, r.n_within, r.n_zero, r.n_infinite, r.n_unknown, r.measured, r.judged, r.bucket, r.n,
    CASE WHEN r.judged > 0 THEN r.p50 END AS p50, CASE WHEN r.judged > 0 THEN r.p95 END AS p95, CASE WHEN r.judged > 0 THEN r.p99 END AS p99,
    array_remove(ARRAY[
      CASE WHEN r.judged > 0 AND r.p50 IS NULL AND r.finite <= CAST(0.50 AS float8) * (r.judged + r.n_unknown - 1) THEN 'p50' END,
      CASE WHEN r.judged > 0 AND r.p95 IS NULL AND r.finite <= CAST(0.95 AS float8) * (r.judged + r.n_unknown - 1) THEN 'p95' END,
      CASE WHEN r.judged > 0 AND r.p99 IS NULL AND r.finite <= CAST(0.99 AS float8) * (r.judged + r.n_unknown - 1) THEN 'p99' END], NULL) AS not_reached
  FROM read_off r
)
