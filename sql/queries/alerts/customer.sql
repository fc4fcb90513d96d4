-- One customer, and the partner in whose name it is told of.
-- grain:   one row
-- params:  customer_ids int[]
-- columns: customer_id, partner_id int; customer_key, customer_name, time_zone, locale, partner_key, partner_name text; hosts text[]; brand jsonb
-- source:  configuration
SELECT
  c.customer_id, c.partner_id, c.key AS customer_key, c.name AS customer_name, c.time_zone, coalesce(c.locale, p.locale) AS locale,
  p.key AS partner_key, p.name AS partner_name, p.hosts, p.brand
FROM ops.customer c
JOIN ops.partner p ON p.partner_id = c.partner_id
WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
