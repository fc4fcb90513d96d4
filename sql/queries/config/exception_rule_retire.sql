-- Takes a setting away: from now on the rule is as the library has it, and a rule of the customer's own opens nothing.
-- grain:   one row
-- params:  partner, customer, key text; now timestamptz
-- columns: none
-- source:  configuration
UPDATE ops.exception_rule r
SET valid_to = CAST(:now AS timestamptz)
FROM ops.customer c, ops.partner p
WHERE c.customer_id = r.customer_id AND p.partner_id = c.partner_id AND r.valid_to = 'infinity'
  AND p.key = CAST(:partner AS text) AND c.key = CAST(:customer AS text) AND r.key = CAST(:key AS text)
