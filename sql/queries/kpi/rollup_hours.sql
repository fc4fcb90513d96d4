-- Counts the claimed cells from the source: outcomes, records, histograms, money, and when the work finished.
-- grain:   one row per cell with a transaction
-- params:  customer_ids int[]; batch bigint
-- columns: cells bigint
-- source:  view kpi.counted, one look-up per flow and day: the cost follows what changed, not the history
WITH span AS (
  -- the dirty hours of one flow and local day are looked up at once
  SELECT d.customer_id, d.flow_id, c.time_zone, min(d.hour) AS since, max(d.hour) + interval '1 hour' AS until,
    array_agg(d.hour) AS hours
  FROM ops.dirty_cell d
  JOIN ops.customer c ON c.customer_id = d.customer_id
  WHERE d.batch = CAST(:batch AS bigint) AND d.customer_id = ANY (CAST(:customer_ids AS int[]))
  GROUP BY d.customer_id, d.flow_id, c.time_zone, CAST(d.hour AT TIME ZONE c.time_zone AS date)
),
transaction AS MATERIALIZED (
  SELECT s.customer_id, s.flow_id, s.time_zone, t.*
  FROM span s
  CROSS JOIN LATERAL (
    SELECT
      date_trunc('hour', x.t0, s.time_zone) AS hour,
      x.latency_bucket, x.duration_bucket, x.currency, x.amount, x.is_valid, x.is_good, x.outcome, x.decided_at,
      x.n_s1, x.n_s2, x.n_s3, x.n_failed, x.n_open, x.n_overdue, x.n_missed,
      x.n_void, x.n_unknown, x.n_attempted, x.attempts, x.records_ok, x.records_bad, x.n_records_unknown,
      x.n_latency_within, x.n_latency_zero, x.n_latency_infinite, x.n_latency_unknown, x.n_duration_within, x.n_duration_zero, x.n_duration_infinite,
      x.n_duration_unknown, x.next_decision_at
    FROM kpi.counted x
    WHERE x.customer_id = s.customer_id AND x.flow_id = s.flow_id AND x.t0 >= s.since AND x.t0 < s.until
      AND date_trunc('hour', x.t0, s.time_zone) = ANY (s.hours)
    OFFSET 0 -- a look-up for each span; joined freely, the view would be worked out for the whole history
  ) t
),
latency AS (
  SELECT b.customer_id, b.hour, b.flow_id, array_agg(b.bucket ORDER BY b.bucket) AS bucket, array_agg(b.n ORDER BY b.bucket) AS n
  FROM (
    SELECT x.customer_id, x.hour, x.flow_id, x.latency_bucket AS bucket, CAST(count(*) AS int) AS n
    FROM transaction x
    WHERE x.latency_bucket IS NOT NULL
    GROUP BY x.hour, x.flow_id, x.customer_id, x.latency_bucket
  ) b
  GROUP BY b.hour, b.flow_id, b.customer_id
),
duration AS (
  SELECT b.customer_id, b.hour, b.flow_id, array_agg(b.bucket ORDER BY b.bucket) AS bucket, array_agg(b.n ORDER BY b.bucket) AS n
  FROM (
    SELECT x.customer_id, x.hour, x.flow_id, x.duration_bucket AS bucket, CAST(count(*) AS int) AS n
    FROM transaction x
    WHERE x.duration_bucket IS NOT NULL
    GROUP BY x.hour, x.flow_id, x.customer_id, x.duration_bucket
  ) b
  GROUP BY b.hour, b.flow_id, b.customer_id
),
money AS (
  INSERT INTO kpi.flow_hour_money (customer_id, hour, flow_id, currency, n_valid, n_unknown, amount_good, amount_bad, amount_open, amount_unknown)
  SELECT
    x.customer_id, x.hour, x.flow_id, x.currency,
    count(*) FILTER (WHERE x.is_valid), count(*) FILTER (WHERE x.outcome = 'unknown'),
    coalesce(sum(x.amount) FILTER (WHERE x.is_good), 0),
    coalesce(sum(x.amount) FILTER (WHERE x.is_valid AND NOT x.is_good), 0),
    coalesce(sum(x.amount) FILTER (WHERE x.outcome = 'O'), 0),
    coalesce(sum(x.amount) FILTER (WHERE x.outcome = 'unknown'), 0)
  FROM transaction x
  WHERE x.amount IS NOT NULL AND x.currency IS NOT NULL
  GROUP BY x.customer_id, x.hour, x.flow_id, x.currency
),
finished AS (
  INSERT INTO kpi.flow_hour_finished (customer_id, finished_hour, flow_id, hour, n, records_ok)
  SELECT x.customer_id, date_trunc('hour', x.decided_at, x.time_zone), x.flow_id, x.hour, count(*), sum(x.records_ok)
  FROM transaction x
  WHERE x.outcome IN ('S1', 'S2', 'S3', 'F')
  GROUP BY 1, 2, 3, 4
),
part AS (
  -- put side by side by grouping, not by joins: how many rows there are is never known beforehand; the largest of a number and of
  -- zeros is the number, and costs less than their sum
  SELECT
    x.customer_id, x.hour, x.flow_id,
    sum(x.n_s1) AS n_s1, sum(x.n_s2) AS n_s2, sum(x.n_s3) AS n_s3, sum(x.n_failed) AS n_failed, sum(x.n_open) AS n_open,
    sum(x.n_overdue) AS n_overdue, sum(x.n_missed) AS n_missed, sum(x.n_void) AS n_void, sum(x.n_unknown) AS n_unknown,
    sum(x.n_attempted) AS n_attempted, sum(x.attempts) AS attempts, sum(x.records_ok) AS records_ok,
    sum(x.records_bad) AS records_bad, sum(x.n_records_unknown) AS n_records_unknown,
    sum(x.n_latency_within) AS n_latency_within, sum(x.n_latency_zero) AS n_latency_zero,
    sum(x.n_latency_infinite) AS n_latency_infinite, sum(x.n_latency_unknown) AS n_latency_unknown,
    sum(x.n_duration_within) AS n_duration_within, sum(x.n_duration_zero) AS n_duration_zero,
    sum(x.n_duration_infinite) AS n_duration_infinite, sum(x.n_duration_unknown) AS n_duration_unknown,
    CAST(NULL AS smallint[]) AS latency_bucket, CAST(NULL AS int[]) AS latency_n,
    CAST(NULL AS smallint[]) AS duration_bucket, CAST(NULL AS int[]) AS duration_n,
    min(x.next_decision_at) AS next_decision_at
  FROM transaction x
  GROUP BY x.customer_id, x.hour, x.flow_id
  UNION ALL
  SELECT
    l.customer_id, l.hour, l.flow_id,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    l.bucket, l.n, NULL, NULL, NULL
  FROM latency l
  UNION ALL
  SELECT
    u.customer_id, u.hour, u.flow_id,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    NULL, NULL, u.bucket, u.n, NULL
  FROM duration u
),
cell AS (
  INSERT INTO kpi.flow_hour (
    customer_id, hour, flow_id,
    n_s1, n_s2, n_s3, n_failed, n_open, n_overdue, n_missed, n_void, n_unknown, n_attempted, attempts, records_ok, records_bad,
    n_records_unknown, n_latency_within, n_latency_zero, n_latency_infinite, n_latency_unknown, n_duration_within,
    n_duration_zero, n_duration_infinite, n_duration_unknown,
    latency_bucket, latency_n, duration_bucket, duration_n, next_decision_at
  )
  SELECT
    x.customer_id, x.hour, x.flow_id,
    max(x.n_s1), max(x.n_s2), max(x.n_s3), max(x.n_failed), max(x.n_open), max(x.n_overdue), max(x.n_missed), max(x.n_void),
    max(x.n_unknown), max(x.n_attempted), max(x.attempts), max(x.records_ok), max(x.records_bad), max(x.n_records_unknown),
    max(x.n_latency_within), max(x.n_latency_zero), max(x.n_latency_infinite), max(x.n_latency_unknown),
    max(x.n_duration_within), max(x.n_duration_zero), max(x.n_duration_infinite), max(x.n_duration_unknown),
    max(x.latency_bucket), max(x.latency_n), max(x.duration_bucket), max(x.duration_n), min(x.next_decision_at)
  FROM part x
  GROUP BY x.customer_id, x.hour, x.flow_id
  RETURNING 1
)
SELECT count(*) AS cells FROM cell
