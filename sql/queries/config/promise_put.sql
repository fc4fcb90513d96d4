-- Writes the promise of one flow from an instant on.
-- grain:   one row
-- params:  partner, customer, key text; value jsonb; since timestamptz
-- columns: none
-- source:  configuration
INSERT INTO ops.flow_promise (customer_id, flow_id, valid_from, deadline_seconds, calendar_id, latency_threshold_seconds, slot_seconds)
SELECT
  f.customer_id, f.flow_id, CAST(:since AS timestamptz), CAST(v ->> 'deadline_seconds' AS int), k.calendar_id,
  CAST(v ->> 'latency_threshold_seconds' AS int), CAST(v ->> 'slot_seconds' AS int)
FROM (SELECT CAST(:value AS jsonb) AS v) given
JOIN ops.partner p ON p.key = CAST(:partner AS text)
JOIN ops.customer c ON c.partner_id = p.partner_id AND c.key = CAST(:customer AS text)
JOIN ops.flow f ON f.customer_id = c.customer_id AND f.key = CAST(:key AS text)
LEFT JOIN ops.calendar k ON k.customer_id = c.customer_id AND k.key = v ->> 'calendar'
