-- The transactions behind A9, the last finished first.
-- grain:   one row per logical transaction finished in the period
-- params:  customer_ids int[]; since, until, as_of timestamptz; row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (when it finished); outcome text;
--          in_numerator, in_denominator, is_unknown boolean; value float8 (1); amount numeric; currency, flow_key text
-- source:  view kpi.transaction
SELECT
  t.customer_id, s.key AS system_key, t.transaction_key AS item_id,
  coalesce(t.object_type || ' ' || t.object_key, t.workflow_name, f.name) AS label, t.decided_at AS at, t.outcome,
  true AS in_numerator, false AS in_denominator, false AS is_unknown, CAST(1 AS float8) AS value, t.amount, t.currency, f.key AS flow_key
FROM (
  SELECT DISTINCT r.customer_id, r.flow_id, r.due_at
  FROM raw.run r
  WHERE r.customer_id = ANY (CAST(:customer_ids AS int[])) AND r.flow_id IS NOT NULL
    AND coalesce(r.finished_at, r.target_committed_at, r.started_at, r.due_at) >= CAST(:since AS timestamptz)
    AND coalesce(r.finished_at, r.target_committed_at, r.started_at, r.due_at) < CAST(:until AS timestamptz)
) e
CROSS JOIN LATERAL (
  SELECT
    x.customer_id, x.flow_id, x.system_id, x.transaction_key, x.object_type, x.object_key, x.workflow_name, x.decided_at, x.outcome,
    x.amount, x.currency
  FROM kpi.transaction x
  WHERE x.customer_id = e.customer_id AND x.flow_id = e.flow_id AND x.t0 = e.due_at
  OFFSET 0 -- a look-up for each instant; joined freely, the view would be worked out for the whole history
) t
JOIN ops.flow f ON f.customer_id = t.customer_id AND f.flow_id = t.flow_id
LEFT JOIN ops.system s ON s.customer_id = t.customer_id AND s.system_id = t.system_id
WHERE t.outcome IN ('S1', 'S2', 'S3', 'F')
  AND t.decided_at >= CAST(:since AS timestamptz) AND t.decided_at < CAST(:until AS timestamptz)
ORDER BY t.decided_at DESC, t.transaction_key
LIMIT CAST(:row_limit AS int)
