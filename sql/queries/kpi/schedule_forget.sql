-- Takes away the slots of promises that are no longer what they were when the slots were written down.
-- grain:   one row per cell that loses a slot
-- params:  none
-- columns: none
-- source:  ops.flow_promise against kpi.schedule
WITH stale AS (
  DELETE FROM kpi.schedule s
  WHERE NOT EXISTS (
    SELECT FROM ops.flow_promise p
    WHERE p.customer_id = s.customer_id AND p.flow_id = s.flow_id AND p.valid_from = s.valid_from
      AND p.valid_to = s.valid_to AND p.slot_seconds = s.slot_seconds
      AND CASE WHEN p.calendar_id IS NULL THEN p.deadline_seconds END IS NOT DISTINCT FROM s.deadline_seconds
  )
  RETURNING s.customer_id, s.flow_id, s.valid_from, s.valid_to
),
gone AS (
  DELETE FROM kpi.slot k
  USING stale s
  WHERE k.customer_id = s.customer_id AND k.flow_id = s.flow_id AND k.due_at >= s.valid_from AND k.due_at < s.valid_to
  RETURNING k.customer_id, k.flow_id, k.due_at
)
INSERT INTO ops.dirty_cell (customer_id, flow_id, hour)
SELECT DISTINCT g.customer_id, g.flow_id, date_trunc('hour', g.due_at, c.time_zone)
FROM gone g
JOIN ops.customer c ON c.customer_id = g.customer_id
ORDER BY 1, 2, 3
ON CONFLICT (customer_id, flow_id, hour) DO UPDATE SET batch = NULL
