-- Removes the stages of one customer's life that the file does not tell any more.
-- grain:   one row per stage
-- params:  partner, customer text; value jsonb
-- columns: none
-- source:  configuration
DELETE FROM ops.lifecycle_stage l
USING ops.customer c, ops.partner p
WHERE c.customer_id = l.customer_id AND p.partner_id = c.partner_id
  AND p.key = CAST(:partner AS text) AND c.key = CAST(:customer AS text)
  AND CAST(l.valid_from AS text) NOT IN (
    SELECT s.item ->> 'valid_from' FROM jsonb_array_elements(CAST(:value AS jsonb) -> 'stages') s (item))
