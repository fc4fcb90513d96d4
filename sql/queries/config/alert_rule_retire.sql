-- Removes one rule of alerting; what was said stays.
-- grain:   one row
-- params:  partner, key text; now timestamptz
-- columns: none
-- source:  configuration
UPDATE ops.alert_rule a
SET removed_at = CAST(:now AS timestamptz), changed_at = CAST(:now AS timestamptz)
FROM ops.partner p
WHERE p.partner_id = a.partner_id AND a.removed_at IS NULL AND p.key = CAST(:partner AS text) AND a.key = CAST(:key AS text)
