-- Customers at whose exceptions somebody was named in a note lately, where the partner sends mail.
-- grain:   one row per customer
-- params:  since timestamptz
-- columns: customer_id int
-- source:  exceptions; who was named is then read in the customer's scope
SELECT DISTINCT v.customer_id
FROM ops.exception_event v
JOIN ops.customer c ON c.customer_id = v.customer_id AND c.stopped_at IS NULL
JOIN ops.partner p ON p.partner_id = c.partner_id AND p.mail IS NOT NULL
WHERE v.detail -> 'mentions' IS NOT NULL AND v.at > CAST(:since AS timestamptz)
ORDER BY v.customer_id
