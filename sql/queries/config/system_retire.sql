-- Removes one system from collection; what it told us stays.
-- grain:   one row
-- params:  partner, customer, key text; now timestamptz
-- columns: none
-- source:  configuration
UPDATE ops.system s
SET removed_at = CAST(:now AS timestamptz), changed_at = CAST(:now AS timestamptz)
FROM ops.customer c, ops.partner p
WHERE c.customer_id = s.customer_id AND p.partner_id = c.partner_id AND s.removed_at IS NULL
  AND p.key = CAST(:partner AS text) AND c.key = CAST(:customer AS text) AND s.key = CAST(:key AS text)
