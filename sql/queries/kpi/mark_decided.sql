-- Marks the cells that change by time alone: what was pending is overdue now, what was to come has come.
-- grain:   one row per customer, flow and local hour
-- params:  now timestamptz
-- columns: none
-- source:  kpi.flow_hour.next_decision_at
INSERT INTO ops.dirty_cell (customer_id, flow_id, hour)
SELECT h.customer_id, h.flow_id, h.hour
FROM kpi.flow_hour h
WHERE h.next_decision_at <= CAST(:now AS timestamptz)
ORDER BY 1, 2, 3
ON CONFLICT (customer_id, flow_id, hour) DO UPDATE SET batch = NULL
