-- Adds the flows of each claimed local day up: one row for all of them, under flow 0, which most questions read instead of theirs.
-- grain:   one row per customer and local day with a transaction
-- params:  customer_ids int[]; batch bigint
-- columns: days bigint
-- source:  kpi.flow_day
WITH day AS MATERIALIZED (
  SELECT t.customer_id, kpi.instant(CAST(t.day AS timestamp), t.time_zone) AS starts_at
  FROM (
    SELECT DISTINCT d.customer_id, c.time_zone, CAST(d.hour AT TIME ZONE c.time_zone AS date) AS day
    FROM ops.dirty_cell d
    JOIN ops.customer c ON c.customer_id = d.customer_id
    WHERE d.batch = CAST(:batch AS bigint) AND d.customer_id = ANY (CAST(:customer_ids AS int[]))
  ) t
),
flow AS MATERIALIZED (
  SELECT k.*
  FROM day d
  CROSS JOIN LATERAL (
    SELECT k.*
    FROM kpi.flow_day k
    WHERE k.customer_id = d.customer_id AND k.starts_at = d.starts_at AND k.flow_id > 0
    OFFSET 0 -- a look-up for each day, whatever the planner believes about their number
  ) k
),
latency AS (
  SELECT b.customer_id, b.starts_at, array_agg(b.bucket ORDER BY b.bucket) AS bucket, array_agg(b.n ORDER BY b.bucket) AS n
  FROM (
    SELECT u.customer_id, u.starts_at, u.bucket, CAST(sum(u.n) AS int) AS n
    FROM (SELECT x.customer_id, x.starts_at, unnest(x.latency_bucket) AS bucket, unnest(x.latency_n) AS n FROM flow x) u
    GROUP BY u.customer_id, u.starts_at, u.bucket
  ) b
  GROUP BY b.customer_id, b.starts_at
),
duration AS (
  SELECT b.customer_id, b.starts_at, array_agg(b.bucket ORDER BY b.bucket) AS bucket, array_agg(b.n ORDER BY b.bucket) AS n
  FROM (
    SELECT u.customer_id, u.starts_at, u.bucket, CAST(sum(u.n) AS int) AS n
    FROM (SELECT x.customer_id, x.starts_at, unnest(x.duration_bucket) AS bucket, unnest(x.duration_n) AS n FROM flow x) u
    GROUP BY u.customer_id, u.starts_at, u.bucket
  ) b
  GROUP BY b.customer_id, b.starts_at
),
part AS (
  -- put side by side by grouping, as in kpi/rollup_days
  SELECT
    x.customer_id, x.starts_at, x.day, x.ends_at,
    x.n_s1, x.n_s2, x.n_s3, x.n_failed, x.n_open, x.n_overdue, x.n_missed, x.n_void, x.n_unknown, x.n_attempted, x.attempts, x.records_ok,
    x.records_bad, x.n_records_unknown, x.n_latency_within, x.n_latency_zero, x.n_latency_infinite, x.n_latency_unknown, x.n_duration_within,
    x.n_duration_zero, x.n_duration_infinite, x.n_duration_unknown,
    CAST(NULL AS smallint[]) AS latency_bucket, CAST(NULL AS int[]) AS latency_n,
    CAST(NULL AS smallint[]) AS duration_bucket, CAST(NULL AS int[]) AS duration_n
  FROM flow x
  UNION ALL
  SELECT
    l.customer_id, l.starts_at, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    l.bucket, l.n, NULL, NULL
  FROM latency l
  UNION ALL
  SELECT
    u.customer_id, u.starts_at, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
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
    x.customer_id, x.starts_at, 0, max(x.day), max(x.ends_at),
    sum(x.n_s1), sum(x.n_s2), sum(x.n_s3), sum(x.n_failed), sum(x.n_open), sum(x.n_overdue), sum(x.n_missed), sum(x.n_void),
    sum(x.n_unknown), sum(x.n_attempted), sum(x.attempts), sum(x.records_ok), sum(x.records_bad), sum(x.n_records_unknown),
    sum(x.n_latency_within), sum(x.n_latency_zero), sum(x.n_latency_infinite), sum(x.n_latency_unknown),
    sum(x.n_duration_within), sum(x.n_duration_zero), sum(x.n_duration_infinite), sum(x.n_duration_unknown),
    max(x.latency_bucket), max(x.latency_n), max(x.duration_bucket), max(x.duration_n)
  FROM part x
  GROUP BY x.customer_id, x.starts_at
  HAVING max(x.day) IS NOT NULL
  RETURNING 1
)
SELECT count(*) AS days FROM counted
