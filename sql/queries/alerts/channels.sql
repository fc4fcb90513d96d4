-- A partner's channels; one that was removed still ends what was begun through it.
-- grain:   one row per channel
-- params:  partner_id int
-- columns: key text; document jsonb; is_removed boolean
-- source:  configuration
SELECT a.key, a.document, a.removed_at IS NOT NULL AS is_removed
FROM ops.alert_channel a
WHERE a.partner_id = CAST(:partner_id AS int)
ORDER BY a.key
