-- Switches an expectation on from an instant on; its flow, systems and calendar are found by key.
-- grain:   one row
-- params:  partner, customer, key text; value jsonb; since timestamptz
-- columns: none
-- source:  configuration
INSERT INTO ops.expectation_rule (
  customer_id, key, rule, flow_id, from_system_id, to_system_id, stage, deadline_seconds, business_days, calendar_id, valid_from)
SELECT
  c.customer_id, CAST(:key AS text), v ->> 'rule', f.flow_id, a.system_id, b.system_id, v ->> 'stage', CAST(v ->> 'deadline_seconds' AS int),
  CAST(v ->> 'business_days' AS int), k.calendar_id, CAST(:since AS timestamptz)
FROM (SELECT CAST(:value AS jsonb) AS v) given
JOIN ops.partner p ON p.key = CAST(:partner AS text)
JOIN ops.customer c ON c.partner_id = p.partner_id AND c.key = CAST(:customer AS text)
LEFT JOIN ops.flow f ON f.customer_id = c.customer_id AND f.key = v ->> 'flow'
LEFT JOIN ops.system a ON a.customer_id = c.customer_id AND a.key = v ->> 'from'
LEFT JOIN ops.system b ON b.customer_id = c.customer_id AND b.key = v ->> 'to'
LEFT JOIN ops.calendar k ON k.customer_id = c.customer_id AND k.key = v ->> 'calendar'
