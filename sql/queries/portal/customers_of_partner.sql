-- The customers of a partner, by name.
-- grain:   one row per customer
-- params:  partner text, its key
-- columns: customer_id int; key, name text
-- source:  configuration
SELECT c.customer_id, c.key, c.name
FROM ops.customer c
JOIN ops.partner r ON r.partner_id = c.partner_id
WHERE r.key = CAST(:partner AS text)
ORDER BY c.name
