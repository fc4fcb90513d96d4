-- Marks every cell of some customers that has a run or a slot: the whole history is counted again.
-- grain:   one row per customer, flow and local hour
-- params:  customer_ids int[]
-- columns: none
-- source:  raw.run, kpi.slot
INSERT INTO ops.dirty_cell (customer_id, flow_id, hour)
SELECT DISTINCT e.customer_id, e.flow_id, date_trunc('hour', e.due_at, c.time_zone)
FROM (
  SELECT r.customer_id, r.flow_id, r.due_at FROM raw.run r WHERE r.customer_id = ANY (CAST(:customer_ids AS int[])) AND r.flow_id IS NOT NULL
  UNION ALL
  SELECT s.customer_id, s.flow_id, s.due_at FROM kpi.slot s WHERE s.customer_id = ANY (CAST(:customer_ids AS int[]))
) e
JOIN ops.customer c ON c.customer_id = e.customer_id
ORDER BY 1, 2, 3
ON CONFLICT (customer_id, flow_id, hour) DO UPDATE SET batch = NULL
