-- Counts the local days of the claimed cells from their hours.
-- grain:   one row per customer, flow and local day with a transaction
-- params:  customer_ids int[]; batch bigint
-- columns: days bigint
-- source:  kpi.flow_hour
WITH day AS MATERIALIZED (
  SELECT
    t.customer_id, t.day, kpi.instant(CAST(t.day AS timestamp), t.time_zone) AS starts_at,
    kpi.instant(t.day + interval '1 day', t.time_zone) AS ends_at, t.flow_ids
  FROM (
    SELECT d.customer_id, c.time_zone, CAST(d.hour AT TIME ZONE c.time_zone AS date) AS day, array_agg(DISTINCT d.flow_id) AS flow_ids
    FROM ops.dirty_cell d
    JOIN ops.customer c ON c.customer_id = d.customer_id
    WHERE d.batch = CAST(:batch AS bigint) AND d.customer_id = ANY (CAST(:customer_ids AS int[]))
    GROUP BY 1, 2, 3
  ) t
),
hour AS MATERIALIZED (
  SELECT d.day, d.starts_at, d.ends_at, h.*
  FROM day d
  CROSS JOIN LATERAL (
    SELECT
      h.customer_id, h.flow_id,
      h.n_s1, h.n_s2, h.n_s3, h.n_failed, h.n_open, h.n_overdue, h.n_missed,
      h.n_void, h.n_unknown, h.n_attempted, h.attempts, h.records_ok, h.records_bad, h.n_records_unknown,
      h.n_latency_within, h.n_latency_zero, h.n_latency_infinite, h.n_latency_unknown, h.n_duration_within, h.n_duration_zero, h.n_duration_infinite,
      h.n_duration_unknown,
      h.latency_bucket, h.latency_n, h.duration_bucket, h.duration_n
    FROM kpi.flow_hour h
    WHERE h.customer_id = d.customer_id AND h.hour >= d.starts_at AND h.hour < d.ends_at AND h.flow_id = ANY (d.flow_ids)
    OFFSET 0 -- a look-up for each day, whatever the planner believes about their number
  ) h
),
latency AS (
  SELECT b.customer_id, b.starts_at, b.flow_id, array_agg(b.bucket ORDER BY b.bucket) AS bucket, array_agg(b.n ORDER BY b.bucket) AS n
  FROM (
    SELECT u.customer_id, u.starts_at, u.flow_id, u.bucket, CAST(sum(u.n) AS int) AS n
    FROM (
      SELECT x.customer_id, x.starts_at, x.flow_id, unnest(x.latency_bucket) AS bucket, unnest(x.latency_n) AS n
      FROM hour x
    ) u
    GROUP BY u.customer_id, u.starts_at, u.flow_id, u.bucket
  ) b
  GROUP BY b.customer_id, b.starts_at, b.flow_id
),
duration AS (
  SELECT b.customer_id, b.starts_at, b.flow_id, array_agg(b.bucket ORDER BY b.bucket) AS bucket, array_agg(b.n ORDER BY b.bucket) AS n
  FROM (
    SELECT u.customer_id, u.starts_at, u.flow_id, u.bucket, CAST(sum(u.n) AS int) AS n
    FROM (
      SELECT x.customer_id, x.starts_at, x.flow_id, unnest(x.duration_bucket) AS bucket, unnest(x.duration_n) AS n
      FROM hour x
    ) u
    GROUP BY u.customer_id, u.starts_at, u.flow_id, u.bucket
  ) b
  GROUP BY b.customer_id, b.starts_at, b.flow_id
),
part AS (
  -- put side by side by grouping, not by joins: how many rows there are is never known beforehand; the largest of a number and of
  -- zeros is the number, and costs less than their sum
  SELECT
    x.customer_id, x.starts_at, x.flow_id, x.day, x.ends_at,
    sum(x.n_s1) AS n_s1, sum(x.n_s2) AS n_s2, sum(x.n_s3) AS n_s3, sum(x.n_failed) AS n_failed, sum(x.n_open) AS n_open,
    sum(x.n_overdue) AS n_overdue, sum(x.n_missed) AS n_missed, sum(x.n_void) AS n_void, sum(x.n_unknown) AS n_unknown,
    sum(x.n_attempted) AS n_attempted, sum(x.attempts) AS attempts, sum(x.records_ok) AS records_ok,
    sum(x.records_bad) AS records_bad, sum(x.n_records_unknown) AS n_records_unknown,
    sum(x.n_latency_within) AS n_latency_within, sum(x.n_latency_zero) AS n_latency_zero,
    sum(x.n_latency_infinite) AS n_latency_infinite, sum(x.n_latency_unknown) AS n_latency_unknown,
    sum(x.n_duration_within) AS n_duration_within, sum(x.n_duration_zero) AS n_duration_zero,
    sum(x.n_duration_infinite) AS n_duration_infinite, sum(x.n_duration_unknown) AS n_duration_unknown,
    CAST(NULL AS smallint[]) AS latency_bucket, CAST(NULL AS int[]) AS latency_n,
    CAST(NULL AS smallint[]) AS duration_bucket, CAST(NULL AS int[]) AS duration_n
  FROM hour x
  GROUP BY x.customer_id, x.starts_at, x.flow_id, x.day, x.ends_at
  UNION ALL
  SELECT
    l.customer_id, l.starts_at, l.flow_id, NULL, NULL,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    l.bucket, l.n, NULL, NULL
  FROM latency l
  UNION ALL
  SELECT
    u.customer_id, u.starts_at, u.flow_id, NULL, NULL,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    NULL, NULL, u.bucket, u.n
  FROM duration u
),
counted AS (
  INSERT INTO kpi.flow_day (
    customer_id, starts_at, flow_id, day, ends_at,
    n_s1, n_s2, n_s3, n_failed, n_open, n_overdue, n_missed, n_void, n_unknown, n_attempted, attempts, records_ok, records_bad,
    n_records_unknown, n_latency_within, n_latency_zero, n_latency_infinite, n_latency_unknown, n_duration_within,
    n_duration_zero, n_duration_infinite, n_duration_unknown,
    latency_bucket, latency_n, duration_bucket, duration_n
  )
  SELECT
    x.customer_id, x.starts_at, x.flow_id, max(x.day), max(x.ends_at),
    max(x.n_s1), max(x.n_s2), max(x.n_s3), max(x.n_failed), max(x.n_open), max(x.n_overdue), max(x.n_missed), max(x.n_void),
    max(x.n_unknown), max(x.n_attempted), max(x.attempts), max(x.records_ok), max(x.records_bad), max(x.n_records_unknown),
    max(x.n_latency_within), max(x.n_latency_zero), max(x.n_latency_infinite), max(x.n_latency_unknown),
    max(x.n_duration_within), max(x.n_duration_zero), max(x.n_duration_infinite), max(x.n_duration_unknown),
    max(x.latency_bucket), max(x.latency_n), max(x.duration_bucket), max(x.duration_n)
  FROM part x
  GROUP BY x.customer_id, x.starts_at, x.flow_id
  RETURNING 1
)
SELECT count(*) AS days FROM counted
