-- The channels of alerting as the estate file says them.
-- grain:   one row per channel
-- params:  none
-- columns: path text[] (partner, channel); value jsonb; is_retired boolean
-- source:  configuration
SELECT ARRAY[p.key, a.key] AS path, a.document AS value, a.removed_at IS NOT NULL AS is_retired
FROM ops.alert_channel a
JOIN ops.partner p ON p.partner_id = a.partner_id
ORDER BY p.key, a.key
