-- The customers in service, with their partner.
-- grain:   one row per customer that is not stopped
-- params:  none
-- columns: customer_id, partner_id int; key, name, partner_key, partner_name (that of its brand, as readers know it), time_zone, currency, locale text
-- source:  configuration
SELECT
  c.customer_id, p.partner_id, c.key, c.name, p.key AS partner_key, coalesce(nullif(p.brand ->> 'name', ''), p.name) AS partner_name, c.time_zone,
  CAST(c.currency AS text) AS currency, coalesce(c.locale, p.locale) AS locale
FROM ops.customer c
JOIN ops.partner p ON p.partner_id = c.partner_id
WHERE c.stopped_at IS NULL
ORDER BY p.key, c.key
