-- Sets a rule from an instant on.
-- grain:   one row
-- params:  partner, customer, key text; value jsonb; since timestamptz
-- columns: none
-- source:  configuration
INSERT INTO ops.exception_rule (customer_id, key, setting, valid_from)
SELECT c.customer_id, CAST(:key AS text), CAST(:value AS jsonb), CAST(:since AS timestamptz)
FROM ops.customer c
JOIN ops.partner p ON p.partner_id = c.partner_id
WHERE p.key = CAST(:partner AS text) AND c.key = CAST(:customer AS text)
