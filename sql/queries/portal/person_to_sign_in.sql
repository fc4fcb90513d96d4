-- The people who may sign in with an e-mail at one of these partners, with the hash to check against.
-- grain:   one row per partner that knows the e-mail
-- params:  email text; partner_ids int[]
-- columns: person_id, partner_id int; password_hash text
-- source:  configuration
SELECT p.person_id, p.partner_id, p.password_hash
FROM ops.person p
WHERE p.email = CAST(:email AS text)
  AND p.partner_id = ANY (CAST(:partner_ids AS int[]))
  AND p.password_hash IS NOT NULL
  AND p.disabled_at IS NULL
ORDER BY p.partner_id
