-- Marks every cell of a flow from an instant on: a new promise judges them anew.
-- grain:   one row per customer, flow and local hour with runs
-- params:  partner, customer, key text; since timestamptz
-- columns: none
-- source:  dirty cells are counted again from the source
INSERT INTO ops.dirty_cell (customer_id, flow_id, hour)
SELECT DISTINCT r.customer_id, r.flow_id, date_trunc('hour', r.due_at, c.time_zone)
FROM ops.partner p
JOIN ops.customer c ON c.partner_id = p.partner_id
JOIN ops.flow f ON f.customer_id = c.customer_id
JOIN raw.run r ON r.customer_id = f.customer_id AND r.flow_id = f.flow_id
WHERE p.key = CAST(:partner AS text) AND c.key = CAST(:customer AS text) AND f.key = CAST(:key AS text)
  AND r.due_at >= CAST(:since AS timestamptz)
ON CONFLICT (customer_id, flow_id, hour) DO UPDATE SET batch = NULL
