-- Writes one channel of alerting; one that was removed comes back.
-- grain:   one row
-- params:  partner, key text; value jsonb; now timestamptz
-- columns: none
-- source:  configuration
INSERT INTO ops.alert_channel (partner_id, key, document, removed_at, changed_at)
SELECT p.partner_id, CAST(:key AS text), CAST(:value AS jsonb), NULL, CAST(:now AS timestamptz)
FROM ops.partner p
WHERE p.key = CAST(:partner AS text)
ON CONFLICT (partner_id, key) DO UPDATE SET
  document = excluded.document, removed_at = NULL, changed_at = excluded.changed_at
