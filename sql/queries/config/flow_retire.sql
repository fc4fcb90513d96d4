-- Removes one flow; its runs and counts stay.
-- grain:   one row
-- params:  partner, customer, key text; now timestamptz
-- columns: none
-- source:  configuration
UPDATE ops.flow f
SET removed_at = CAST(:now AS timestamptz), changed_at = CAST(:now AS timestamptz)
FROM ops.customer c, ops.partner p
WHERE c.customer_id = f.customer_id AND p.partner_id = c.partner_id AND f.removed_at IS NULL
  AND p.key = CAST(:partner AS text) AND c.key = CAST(:customer AS text) AND f.key = CAST(:key AS text)
