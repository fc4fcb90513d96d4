-- Stops one customer: nothing is collected any more, the history stays.
-- grain:   one row
-- params:  partner, customer text; now timestamptz
-- columns: none
-- source:  configuration
UPDATE ops.customer c
SET stopped_at = CAST(:now AS timestamptz), changed_at = CAST(:now AS timestamptz)
FROM ops.partner p
WHERE p.partner_id = c.partner_id AND p.key = CAST(:partner AS text) AND c.key = CAST(:customer AS text) AND c.stopped_at IS NULL
