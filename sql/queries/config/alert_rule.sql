-- The rules of alerting as the estate file says them.
-- grain:   one row per rule
-- params:  none
-- columns: path text[] (partner, rule); value jsonb; is_retired boolean
-- source:  configuration
SELECT ARRAY[p.key, a.key] AS path, a.document AS value, a.removed_at IS NOT NULL AS is_retired
FROM ops.alert_rule a
JOIN ops.partner p ON p.partner_id = a.partner_id
ORDER BY p.key, a.key
