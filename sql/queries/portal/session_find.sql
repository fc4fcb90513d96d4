-- A live session and who it belongs to; which customers that person may see is decided here and nowhere else.
-- grain:   one row, or none when it ended, was idle too long, belongs to another host or to a disabled person
-- params:  token_sha256 bytea; host text; now, idle_since timestamptz
-- columns: person_id, partner_id int; name, email, role, method text; is_demo boolean; seen_at, expires_at timestamptz; customer_ids int[]
-- source:  sign-in
SELECT s.person_id, s.partner_id, p.name, p.email, p.role, s.method, p.is_demo, s.seen_at, s.expires_at,
       ARRAY(
         SELECT c.customer_id
         FROM ops.customer c
         WHERE c.partner_id = p.partner_id
           AND (p.all_customers
                OR EXISTS (SELECT FROM ops.person_customer pc
                           WHERE pc.person_id = p.person_id AND pc.customer_id = c.customer_id))
         ORDER BY c.customer_id
       ) AS customer_ids
FROM ops.session s
JOIN ops.person p ON p.person_id = s.person_id AND p.partner_id = s.partner_id
WHERE s.token_sha256 = CAST(:token_sha256 AS bytea)
  AND s.host = CAST(:host AS text)
  AND s.expires_at > CAST(:now AS timestamptz)
  AND s.seen_at > CAST(:idle_since AS timestamptz)
  AND p.disabled_at IS NULL
