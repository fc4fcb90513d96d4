-- The id of one customer.
-- grain:   one row, none when there is no such customer
-- params:  partner, customer text
-- columns: customer_id int
-- source:  configuration
SELECT c.customer_id
FROM ops.customer c
JOIN ops.partner p ON p.partner_id = c.partner_id
WHERE p.key = CAST(:partner AS text) AND c.key = CAST(:customer AS text)
