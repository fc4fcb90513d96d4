-- Histograms of the processing time (A7) of the transactions due in a period: whole local days
-- from kpi.flow_day, the hours before and after them from kpi.flow_hour; and from the transactions themselves when
-- somebody looks from another instant than now.
-- expects: params customer_ids int[]; since, until, as_of timestamptz (as_of null: now, as counted last); by text
-- gives:   counted, many rows per customer, flow (0: all of them, where no question asks for flows) and local day: within, zero, infinite and unknown as
--          counts, the measured ones as buckets beside their counts
-- source:  rollups by metrics.rollup; view kpi.counted
-- include: edge
,
-- materialised, because the planner cannot know how few rows these are and would work them out again and again
counted AS MATERIALIZED (
  SELECT
    d.customer_id, d.flow_id, d.day,
    d.n_duration_within AS n_within, d.n_duration_zero AS n_zero, d.n_duration_infinite AS n_infinite, d.n_duration_unknown AS n_unknown,
    d.duration_bucket AS bucket, d.duration_n AS n
  FROM kpi.flow_day d
  WHERE CAST(:as_of AS timestamptz) IS NULL AND coalesce(CAST(:by AS text), '') NOT IN ('flow', 'system', 'workflow') AND d.flow_id = 0
    AND d.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND d.starts_at >= CAST(:since AS timestamptz) AND d.starts_at < CAST(:until AS timestamptz)
    AND d.ends_at <= CAST(:until AS timestamptz)
-- include: duration_by_flow
  UNION ALL
  SELECT
    e.customer_id, h.flow_id, CAST(h.hour AT TIME ZONE e.time_zone AS date),
    h.n_duration_within, h.n_duration_zero, h.n_duration_infinite, h.n_duration_unknown, h.duration_bucket, h.duration_n
  FROM edge e
  CROSS JOIN LATERAL (
    SELECT h.*
    FROM kpi.flow_hour h
    WHERE h.customer_id = e.customer_id AND h.hour >= e.begins_at AND h.hour < e.ends_at
    OFFSET 0 -- one look-up for each span
  ) h
  WHERE CAST(:as_of AS timestamptz) IS NULL
-- include: duration_seen
)
