-- The expectations in force: the rules that the estate file switches on.
-- grain:   one row per key: the version in force, or, when it was switched off, the last one that was
-- params:  none
-- columns: path text[] (partner, customer, expectation); value jsonb; is_retired boolean
-- source:  configuration
SELECT DISTINCT ON (p.key, c.key, r.customer_id, r.key)
  ARRAY[p.key, c.key, r.key] AS path,
  jsonb_build_object('rule', r.rule, 'flow', f.key, 'from', a.key, 'to', b.key, 'stage', r.stage, 'deadline_seconds', r.deadline_seconds,
                     'business_days', r.business_days, 'calendar', k.key) AS value,
  r.valid_to < 'infinity' AS is_retired
FROM ops.expectation_rule r
JOIN ops.customer c ON c.customer_id = r.customer_id
JOIN ops.partner p ON p.partner_id = c.partner_id
LEFT JOIN ops.flow f ON f.customer_id = r.customer_id AND f.flow_id = r.flow_id
LEFT JOIN ops.system a ON a.customer_id = r.customer_id AND a.system_id = r.from_system_id
LEFT JOIN ops.system b ON b.customer_id = r.customer_id AND b.system_id = r.to_system_id
LEFT JOIN ops.calendar k ON k.customer_id = r.customer_id AND k.calendar_id = r.calendar_id
ORDER BY p.key, c.key, r.customer_id, r.key, r.valid_to DESC, r.rule_id DESC
