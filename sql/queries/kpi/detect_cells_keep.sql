-- Remembers the trouble of the cells that were looked at.
-- grain:   one row per cell of pg_temp.cell that has trouble
-- params:  none
-- columns: none
-- source:  [ours]
INSERT INTO kpi.detected_cell (customer_id, flow_id, hour, counts)
SELECT c.customer_id, c.flow_id, c.hour, c.counts
FROM pg_temp.cell c
WHERE c.counts IS NOT NULL
