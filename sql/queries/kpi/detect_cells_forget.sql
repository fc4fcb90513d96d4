-- Forgets the cells that are about to be remembered anew.
-- grain:   one row per cell of pg_temp.cell
-- params:  customer_ids int[]
-- columns: none
-- source:  [ours]
DELETE FROM kpi.detected_cell d
USING pg_temp.cell c
WHERE d.customer_id = ANY (CAST(:customer_ids AS int[]))
  AND c.customer_id = d.customer_id AND c.flow_id = d.flow_id AND c.hour = d.hour
