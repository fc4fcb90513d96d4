-- Adds a person, or changes the one with that e-mail; a changed person's name, role and password are the new ones.
-- grain:   one row, or none when no partner has the key
-- params:  partner, email, name, role text; all_customers boolean; password_hash text; is_demo boolean; now timestamptz
-- columns: person_id, partner_id int
-- source:  configuration
INSERT INTO ops.person (partner_id, email, name, role, all_customers, password_hash, is_demo, created_at)
SELECT r.partner_id, CAST(:email AS text), CAST(:name AS text), CAST(:role AS text), CAST(:all_customers AS boolean),
       CAST(:password_hash AS text), CAST(:is_demo AS boolean), CAST(:now AS timestamptz)
FROM ops.partner r
WHERE r.key = CAST(:partner AS text)
ON CONFLICT (partner_id, email) DO UPDATE SET
  name = excluded.name, role = excluded.role, all_customers = excluded.all_customers,
  password_hash = excluded.password_hash, is_demo = excluded.is_demo, disabled_at = NULL
RETURNING person_id, partner_id
