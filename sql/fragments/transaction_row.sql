-- The transactions due in a period, each with what a reader wants to see of it.
-- expects: params customer_ids int[]; since, until timestamptz
-- gives:   listed, one row per logical transaction: customer_id, system_key, item_id, label, at, outcome, attempts,
--          records_ok, records_bad, latency_seconds, duration_seconds, latency_threshold_seconds, amount, currency, flow_key
listed AS (
  SELECT
    t.customer_id, s.key AS system_key, t.transaction_key AS item_id,
    coalesce(t.object_type || ' ' || t.object_key, t.workflow_name, f.name) AS label, t.t0 AS at, t.outcome,
    t.attempts, t.records_ok, t.records_bad, t.latency_seconds, t.duration_seconds, t.latency_threshold_seconds,
    t.amount, t.currency, f.key AS flow_key, t.decided_at
  FROM kpi.transaction t
  JOIN ops.flow f ON f.customer_id = t.customer_id AND f.flow_id = t.flow_id
  LEFT JOIN ops.system s ON s.customer_id = t.customer_id AND s.system_id = t.system_id
  WHERE t.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND t.t0 >= CAST(:since AS timestamptz) AND t.t0 < CAST(:until AS timestamptz)
)
