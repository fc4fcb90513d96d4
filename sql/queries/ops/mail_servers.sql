-- The mail servers of the partners that send mail.
-- grain:   one row per partner with a mail server
-- params:  partner_id int; null: all
-- columns: partner_id int; mail jsonb (host, port, security, sender, user, secret, allow_private)
-- source:  the estate as applied
SELECT p.partner_id, p.mail
FROM ops.partner p
WHERE p.mail IS NOT NULL
  AND (CAST(:partner_id AS int) IS NULL OR p.partner_id = CAST(:partner_id AS int))
ORDER BY p.partner_id
