-- Counters of the transactions due in a period: whole local days from kpi.flow_day, the hours at its ends from
-- kpi.flow_hour; and from the transactions themselves when somebody looks from another instant than now.
-- expects: params customer_ids int[]; since, until, as_of timestamptz (as_of null: now, as counted last)
-- gives:   counted, many rows per customer, flow and local day; add them up
counted AS (
  SELECT
    d.customer_id, d.flow_id, d.day, d.n_s1, d.n_s2, d.n_s3, d.n_failed, d.n_open, d.n_overdue, d.n_missed, d.n_void, d.n_unknown,
    d.n_attempted, d.attempts, d.records_ok, d.records_bad, d.n_records_unknown
  FROM kpi.flow_day d
  WHERE CAST(:as_of AS timestamptz) IS NULL
    AND d.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND d.starts_at >= CAST(:since AS timestamptz) AND d.starts_at < CAST(:until AS timestamptz)
    AND d.ends_at <= CAST(:until AS timestamptz)
  UNION ALL
  SELECT
    h.customer_id, h.flow_id, CAST(h.hour AT TIME ZONE c.time_zone AS date), h.n_s1, h.n_s2, h.n_s3, h.n_failed, h.n_open,
    h.n_overdue, h.n_missed, h.n_void, h.n_unknown,
    h.n_attempted, h.attempts, h.records_ok, h.records_bad, h.n_records_unknown
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
    t.customer_id, t.flow_id, CAST(t.t0 AT TIME ZONE c.time_zone AS date), t.n_s1, t.n_s2, t.n_s3, t.n_failed, t.n_open,
    t.n_overdue, t.n_missed, t.n_void, t.n_unknown,
    t.n_attempted, t.attempts, t.records_ok, t.records_bad, t.n_records_unknown
  FROM kpi.counted t
  JOIN ops.customer c ON c.customer_id = t.customer_id
  WHERE CAST(:as_of AS timestamptz) IS NOT NULL
    AND t.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND t.t0 >= CAST(:since AS timestamptz) AND t.t0 < CAST(:until AS timestamptz)
)
