-- Transactions by when they finished: from kpi.flow_hour_finished, and from the transactions themselves when somebody looks
-- from another instant than now.
-- expects: params customer_ids int[]; since, until, as_of timestamptz (as_of null: now, as counted last)
-- gives:   counted, many rows per customer, flow and local day: n, records_ok
counted AS MATERIALIZED (
  SELECT h.customer_id, h.flow_id, CAST(h.finished_hour AT TIME ZONE c.time_zone AS date) AS day, h.n, h.records_ok
  FROM kpi.flow_hour_finished h
  JOIN ops.customer c ON c.customer_id = h.customer_id
  WHERE CAST(:as_of AS timestamptz) IS NULL
    AND h.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND h.finished_hour >= CAST(:since AS timestamptz) AND h.finished_hour < CAST(:until AS timestamptz)
-- include: finished_seen
)
