-- The service-level terms as the estate file says them.
-- grain:   one row per customer and date they hold from
-- params:  none
-- columns: path text[] (partner, customer, date); value jsonb; is_retired boolean
-- source:  configuration
SELECT ARRAY[p.key, c.key, CAST(t.valid_from AS text)] AS path, t.document AS value, false AS is_retired
FROM ops.terms t
JOIN ops.customer c ON c.customer_id = t.customer_id
JOIN ops.partner p ON p.partner_id = c.partner_id
ORDER BY p.key, c.key, t.valid_from
