-- The service-level terms as they stand, and beside them what the estate file said last.
-- grain:   one row per customer and date they hold from
-- params:  none
-- columns: path text[] (partner, customer, date); value jsonb; is_retired boolean
-- source:  configuration
SELECT ARRAY[p.key, c.key, CAST(t.valid_from AS text)] AS path, t.document || jsonb_build_object('terms_in_file', t.in_file) AS value, false AS is_retired
FROM ops.terms t
JOIN ops.customer c ON c.customer_id = t.customer_id
JOIN ops.partner p ON p.partner_id = c.partner_id
ORDER BY p.key, c.key, t.valid_from
