-- The person that an e-mail names, on either side, and whose customers they may look at.
-- grain:   one row per partner that knows the e-mail
-- params:  email text
-- columns: person_id int; email, name, role, partner text; customer_ids int[]
-- source:  configuration, as sign-in decides it
SELECT p.person_id, p.email, p.name, p.role, r.key AS partner,
       ARRAY(
         SELECT c.customer_id
         FROM ops.customer c
         WHERE c.partner_id = p.partner_id AND c.stopped_at IS NULL
           AND (p.all_customers
                OR EXISTS (SELECT FROM ops.person_customer pc WHERE pc.person_id = p.person_id AND pc.customer_id = c.customer_id))
         ORDER BY c.customer_id
       ) AS customer_ids
FROM ops.person p
JOIN ops.partner r ON r.partner_id = p.partner_id
WHERE p.email = lower(CAST(:email AS text)) AND p.disabled_at IS NULL
ORDER BY r.key
