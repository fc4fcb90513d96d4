-- Marks every counted cell that was judged by a calendar: its deadlines have changed.
-- grain:   one row per customer, flow and local hour
-- params:  customer_id, calendar_id int
-- columns: none
-- source:  dirty cells are counted again from the source
INSERT INTO ops.dirty_cell (customer_id, flow_id, hour)
SELECT DISTINCT h.customer_id, h.flow_id, h.hour
FROM ops.flow_promise p
JOIN kpi.flow_hour h ON h.customer_id = p.customer_id AND h.flow_id = p.flow_id
WHERE p.customer_id = CAST(:customer_id AS int) AND p.calendar_id = CAST(:calendar_id AS int)
ORDER BY 1, 2, 3
ON CONFLICT (customer_id, flow_id, hour) DO UPDATE SET batch = NULL
