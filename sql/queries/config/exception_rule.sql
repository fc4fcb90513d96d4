-- The settings of exception rules in force, and the rules that customers added.
-- grain:   one row per key: the version in force, or, when it was taken away, the last one that was
-- params:  none
-- columns: path text[] (partner, customer, rule); value jsonb; is_retired boolean
-- source:  configuration
SELECT DISTINCT ON (p.key, c.key, r.customer_id, r.key)
  ARRAY[p.key, c.key, r.key] AS path, r.setting AS value, r.valid_to < 'infinity' AS is_retired
FROM ops.exception_rule r
JOIN ops.customer c ON c.customer_id = r.customer_id
JOIN ops.partner p ON p.partner_id = c.partner_id
ORDER BY p.key, c.key, r.customer_id, r.key, r.valid_to DESC, r.rule_id DESC
