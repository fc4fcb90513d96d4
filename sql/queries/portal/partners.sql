-- Every partner with its hosts and brand, to decide whose name a request carries.
-- grain:   one row per partner
-- params:  none
-- columns: partner_id int; key, name text; hosts text[]; time_zone, locale text; brand jsonb
-- source:  configuration
SELECT p.partner_id, p.key, p.name, p.hosts, p.time_zone, p.locale, p.brand
FROM ops.partner p
ORDER BY p.key
