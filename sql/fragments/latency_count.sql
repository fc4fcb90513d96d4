-- Histograms of the transactions due in a period: whole local days from kpi.flow_day, the hours at its ends from
-- kpi.flow_hour; and from the transactions themselves when somebody looks from another instant than now.
-- expects: params customer_ids int[]; since, until, as_of timestamptz (as_of null: now, as counted last)
-- gives:   counted, many rows per customer, flow and local day: within, zero, infinite and unknown as counts, the measured
--          ones as buckets beside their counts; for latency (A6) and duration (A7)
counted AS (
  SELECT
    d.customer_id, d.flow_id, d.day,
    d.n_latency_within AS latency_within, d.n_latency_zero AS latency_zero, d.n_latency_infinite AS latency_infinite,
    d.n_latency_unknown AS latency_unknown, d.latency_bucket, d.latency_n,
    d.n_duration_within AS duration_within, d.n_duration_zero AS duration_zero, d.n_duration_infinite AS duration_infinite,
    d.n_duration_unknown AS duration_unknown, d.duration_bucket, d.duration_n
  FROM kpi.flow_day d
  WHERE CAST(:as_of AS timestamptz) IS NULL
    AND d.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND d.starts_at >= CAST(:since AS timestamptz) AND d.starts_at < CAST(:until AS timestamptz)
    AND d.ends_at <= CAST(:until AS timestamptz)
  UNION ALL
  SELECT
    h.customer_id, h.flow_id, CAST(h.hour AT TIME ZONE c.time_zone AS date),
    h.n_latency_within, h.n_latency_zero, h.n_latency_infinite, h.n_latency_unknown, h.latency_bucket, h.latency_n,
    h.n_duration_within, h.n_duration_zero, h.n_duration_infinite, h.n_duration_unknown, h.duration_bucket, h.duration_n
  FROM kpi.flow_hour h
  JOIN ops.customer c ON c.customer_id = h.customer_id
  WHERE CAST(:as_of AS timestamptz) IS NULL
    AND h.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND h.hour >= CAST(:since AS timestamptz) AND h.hour < CAST(:until AS timestamptz)
    -- only of days that do not lie in the period as a whole; those lie within 25 hours of its ends
    AND (h.hour < CAST(:since AS timestamptz) + interval '25 hours' OR h.hour >= CAST(:until AS timestamptz) - interval '25 hours')
    AND (kpi.instant(date_trunc('day', h.hour AT TIME ZONE c.time_zone), c.time_zone) < CAST(:since AS timestamptz)
         OR kpi.instant(date_trunc('day', h.hour AT TIME ZONE c.time_zone) + interval '1 day', c.time_zone) > CAST(:until AS timestamptz))
  UNION ALL
  SELECT
    t.customer_id, t.flow_id, CAST(t.t0 AT TIME ZONE c.time_zone AS date),
    t.n_latency_within, t.n_latency_zero, t.n_latency_infinite, t.n_latency_unknown,
    CASE WHEN t.latency_bucket IS NOT NULL THEN ARRAY[t.latency_bucket] END, ARRAY[1],
    t.n_duration_within, t.n_duration_zero, t.n_duration_infinite, t.n_duration_unknown,
    CASE WHEN t.duration_bucket IS NOT NULL THEN ARRAY[t.duration_bucket] END, ARRAY[1]
  FROM kpi.counted t
  JOIN ops.customer c ON c.customer_id = t.customer_id
  WHERE CAST(:as_of AS timestamptz) IS NOT NULL
    AND t.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND t.t0 >= CAST(:since AS timestamptz) AND t.t0 < CAST(:until AS timestamptz)
)
