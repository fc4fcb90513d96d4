-- The promises in force: what the estate file says of a flow's deadline now.
-- grain:   one row per flow that is promised
-- params:  none
-- columns: path text[] (partner, customer, flow); value jsonb; is_retired boolean
-- source:  configuration
SELECT
  ARRAY[p.key, c.key, f.key] AS path,
  jsonb_build_object('deadline_seconds', q.deadline_seconds, 'calendar', k.key,
                     'latency_threshold_seconds', q.latency_threshold_seconds, 'slot_seconds', q.slot_seconds) AS value,
  false AS is_retired
FROM ops.flow_promise q
JOIN ops.flow f ON f.customer_id = q.customer_id AND f.flow_id = q.flow_id
JOIN ops.customer c ON c.customer_id = q.customer_id
JOIN ops.partner p ON p.partner_id = c.partner_id
LEFT JOIN ops.calendar k ON k.customer_id = q.customer_id AND k.calendar_id = q.calendar_id
WHERE q.valid_to = 'infinity'
ORDER BY p.key, c.key, f.flow_id
