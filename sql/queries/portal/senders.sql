-- From which address each partner's mail is sent.
-- grain:   one row per partner that sends mail
-- params:  none
-- columns: partner_id int; address, name text (of the brand)
-- source:  the estate as applied
SELECT p.partner_id, p.mail ->> 'sender' AS address, coalesce(p.brand ->> 'name', p.name) AS name
FROM ops.partner p
WHERE p.mail IS NOT NULL
ORDER BY p.partner_id
