-- Histograms of the latency (A6) of the transactions due in a period: whole local days
-- from kpi.flow_day, the hours before and after them from kpi.flow_hour; and from the transactions themselves when
-- somebody looks from another instant than now.
-- expects: params customer_ids int[]; since, until, as_of timestamptz (as_of null: now, as counted last); by text
-- gives:   counted, many rows per customer, flow (0: all of them, where no question asks for flows) and local day: within, zero, infinite and unknown as
--          counts, the measured ones as buckets beside their counts
-- source:  rollups by metrics.rollup; view kpi.counted
edge AS MATERIALIZED (
  -- where the whole local days of the period begin and end
  SELECT
    c.customer_id, c.time_zone,
    CASE
      WHEN kpi.instant(date_trunc('day', CAST(:since AS timestamptz) AT TIME ZONE c.time_zone), c.time_zone) >= CAST(:since AS timestamptz) THEN CAST(:since AS timestamptz)
      ELSE kpi.instant(date_trunc('day', CAST(:since AS timestamptz) AT TIME ZONE c.time_zone) + interval '1 day', c.time_zone)
    END AS days_since,
    kpi.instant(date_trunc('day', CAST(:until AS timestamptz) AT TIME ZONE c.time_zone), c.time_zone) AS days_until
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
),
-- materialised, because the planner cannot know how few rows these are and would work them out again and again
counted AS MATERIALIZED (
  SELECT
    d.customer_id, d.flow_id, d.day,
    d.n_latency_within AS n_within, d.n_latency_zero AS n_zero, d.n_latency_infinite AS n_infinite, d.n_latency_unknown AS n_unknown,
    d.latency_bucket AS bucket, d.latency_n AS n
  FROM kpi.flow_day d
  WHERE CAST(:as_of AS timestamptz) IS NULL AND coalesce(CAST(:by AS text), '') NOT IN ('flow', 'system', 'workflow') AND d.flow_id = 0
    AND d.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND d.starts_at >= CAST(:since AS timestamptz) AND d.starts_at < CAST(:until AS timestamptz)
    AND d.ends_at <= CAST(:until AS timestamptz)
-- include: latency_by_flow
  UNION ALL
  SELECT
    e.customer_id, h.flow_id, CAST(h.hour AT TIME ZONE e.time_zone AS date),
    h.n_within, h.n_zero, h.n_infinite, h.n_unknown, h.bucket, h.n
  FROM edge e
  CROSS JOIN LATERAL (
    SELECT
      h.flow_id, h.hour,
      h.n_latency_within AS n_within, h.n_latency_zero AS n_zero, h.n_latency_infinite AS n_infinite, h.n_latency_unknown AS n_unknown,
      h.latency_bucket AS bucket, h.latency_n AS n
    FROM kpi.flow_hour h
    WHERE h.customer_id = e.customer_id AND h.hour >= CAST(:since AS timestamptz) AND h.hour < least(e.days_since, CAST(:until AS timestamptz))
    UNION ALL
    SELECT
      h.flow_id, h.hour,
      h.n_latency_within AS n_within, h.n_latency_zero AS n_zero, h.n_latency_infinite AS n_infinite, h.n_latency_unknown AS n_unknown,
      h.latency_bucket AS bucket, h.latency_n AS n
    FROM kpi.flow_hour h
    WHERE h.customer_id = e.customer_id AND h.hour >= greatest(e.days_since, e.days_until) AND h.hour < CAST(:until AS timestamptz)
    OFFSET 0 -- two look-ups for each customer
  ) h
  WHERE CAST(:as_of AS timestamptz) IS NULL
-- include: latency_seen
)
