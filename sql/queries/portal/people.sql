-- Everybody who may sign in, with the customers they see.
-- grain:   one row per person
-- params:  partner text, a partner's key; null: all partners
-- columns: person_id int; partner, email, name, role text; all_customers, is_demo, disabled boolean; customers text[]; created_at timestamptz
-- source:  configuration
SELECT p.person_id, r.key AS partner, p.email, p.name, p.role, p.all_customers, p.is_demo,
       p.disabled_at IS NOT NULL AS disabled,
       ARRAY(
         SELECT c.key
         FROM ops.customer c
         WHERE c.partner_id = p.partner_id
           AND (p.all_customers
                OR EXISTS (SELECT FROM ops.person_customer pc
                           WHERE pc.person_id = p.person_id AND pc.customer_id = c.customer_id))
         ORDER BY c.key
       ) AS customers,
       p.created_at
FROM ops.person p
JOIN ops.partner r ON r.partner_id = p.partner_id
WHERE CAST(:partner AS text) IS NULL OR r.key = CAST(:partner AS text)
ORDER BY r.key, p.email
