-- Removes all stages of one customer's life.
-- grain:   one row per stage
-- params:  partner, customer text
-- columns: none
-- source:  configuration
DELETE FROM ops.lifecycle_stage l
USING ops.customer c, ops.partner p
WHERE c.customer_id = l.customer_id AND p.partner_id = c.partner_id
  AND p.key = CAST(:partner AS text) AND c.key = CAST(:customer AS text)
