-- The partner's people who see a customer: to whom its exceptions can be given, and who can be named in a note.
-- grain:   one row per person
-- params:  customer_ids int[]
-- columns: customer_id, person_id int; email, name, role text
-- source:  configuration
SELECT c.customer_id, p.person_id, p.email, p.name, p.role
FROM ops.customer c
JOIN ops.person p ON p.partner_id = c.partner_id AND p.role LIKE 'partner%' AND p.disabled_at IS NULL
LEFT JOIN ops.person_customer s ON s.person_id = p.person_id AND s.customer_id = c.customer_id
WHERE c.customer_id = ANY (CAST(:customer_ids AS int[])) AND (p.all_customers OR s.person_id IS NOT NULL)
ORDER BY c.customer_id, p.name, p.person_id
