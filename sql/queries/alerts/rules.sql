-- The rules of alerting that hold for customers in service, each beside the customer it is for.
-- grain:   one row per customer and rule
-- params:  customer_ids int[] (null: all)
-- columns: customer_id, partner_id int; customer_key, customer_name, time_zone, locale, partner_key, partner_name text; hosts text[]; brand jsonb;
--          rule text; document jsonb
-- source:  configuration; an empty list of customers means every customer of the partner
SELECT
  c.customer_id, c.partner_id, c.key AS customer_key, c.name AS customer_name, c.time_zone, coalesce(c.locale, p.locale) AS locale,
  p.key AS partner_key, p.name AS partner_name, p.hosts, p.brand, r.key AS rule, r.document
FROM ops.customer c
JOIN ops.partner p ON p.partner_id = c.partner_id
JOIN ops.alert_rule r ON r.partner_id = c.partner_id AND r.removed_at IS NULL
WHERE c.stopped_at IS NULL AND (CAST(:customer_ids AS int[]) IS NULL OR c.customer_id = ANY (CAST(:customer_ids AS int[])))
  AND (r.document -> 'customers' = '[]' OR r.document -> 'customers' ? c.key)
ORDER BY c.customer_id, r.key
