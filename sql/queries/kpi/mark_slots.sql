-- Marks the cells of slots that a changed run may serve: it may be due in a later hour than its slot.
-- grain:   one row per slot's local hour
-- params:  none
-- columns: none
-- source:  slots of a flow do not overlap: besides those that begin in a cell's hour, only the last one before can reach into it
--          Slots that are written down in the same pass are marked then (kpi/schedule_extend), so only those of earlier passes are asked
INSERT INTO ops.dirty_cell (customer_id, flow_id, hour)
SELECT DISTINCT d.customer_id, d.flow_id, date_trunc('hour', s.due_at, c.time_zone)
FROM ops.dirty_cell d
JOIN (SELECT DISTINCT k.customer_id, k.flow_id FROM kpi.schedule k) k ON k.customer_id = d.customer_id AND k.flow_id = d.flow_id
JOIN ops.customer c ON c.customer_id = d.customer_id
CROSS JOIN LATERAL (
  SELECT s.due_at, s.attempt_by
  FROM kpi.slot s
  WHERE s.customer_id = d.customer_id AND s.flow_id = d.flow_id AND s.due_at < d.hour
  ORDER BY s.due_at DESC
  LIMIT 1
) s
WHERE s.attempt_by > d.hour
ORDER BY 1, 2, 3
ON CONFLICT (customer_id, flow_id, hour) DO UPDATE SET batch = NULL
