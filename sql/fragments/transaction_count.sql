-- Counters of the transactions due in a period: whole local days
-- from kpi.flow_day, the hours before and after them from kpi.flow_hour; and from the transactions themselves when
-- somebody looks from another instant than now.
-- expects: params customer_ids int[]; since, until, as_of timestamptz (as_of null: now, as counted last); by text
-- gives:   counted, many rows per customer, flow (0: all of them, where no question asks for flows) and local day; add them up
-- source:  rollups by metrics.rollup; view kpi.counted
-- include: edge
,
counted AS
-- include: counted_once
(
  SELECT
    d.customer_id, d.flow_id, d.day,
    d.n_s1, d.n_s2, d.n_s3, d.n_failed, d.n_open, d.n_overdue, d.n_missed, d.n_void, d.n_unknown,
    d.n_attempted, d.attempts, d.records_ok, d.records_bad, d.n_records_unknown
  FROM kpi.flow_day d
  WHERE CAST(:as_of AS timestamptz) IS NULL AND coalesce(CAST(:by AS text), '') NOT IN ('flow', 'system', 'workflow') AND d.flow_id = 0
    AND d.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND d.starts_at >= CAST(:since AS timestamptz) AND d.starts_at < CAST(:until AS timestamptz)
    AND d.ends_at <= CAST(:until AS timestamptz)
-- include: transaction_by_flow
  UNION ALL
  SELECT
    e.customer_id, h.flow_id, CAST(h.hour AT TIME ZONE e.time_zone AS date),
    h.n_s1, h.n_s2, h.n_s3, h.n_failed, h.n_open, h.n_overdue, h.n_missed, h.n_void, h.n_unknown,
    h.n_attempted, h.attempts, h.records_ok, h.records_bad, h.n_records_unknown
  FROM edge e
  CROSS JOIN LATERAL (
    SELECT h.*
    FROM kpi.flow_hour h
    WHERE h.customer_id = e.customer_id AND h.hour >= e.begins_at AND h.hour < e.ends_at
    OFFSET 0 -- one look-up for each span
  ) h
  WHERE CAST(:as_of AS timestamptz) IS NULL
-- include: transaction_seen
)
