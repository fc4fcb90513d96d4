-- The channels with a digest over all customers, each with the customers of its partner.
-- grain:   one row per channel
-- params:  none
-- columns: partner_id int; channel text; document jsonb; time_zone, locale, partner_name text; hosts text[]; brand jsonb; rules text[] (that use the
--          channel); customer_ids int[]
-- source:  configuration
SELECT
  p.partner_id, a.key AS channel, a.document, p.time_zone, p.locale, p.name AS partner_name, p.hosts, p.brand,
  ARRAY(
    SELECT r.key
    FROM ops.alert_rule r
    WHERE r.partner_id = p.partner_id AND r.removed_at IS NULL AND r.document -> 'channels' ? a.key
    ORDER BY r.key) AS rules,
  ARRAY(
    SELECT c.customer_id
    FROM ops.customer c
    WHERE c.partner_id = p.partner_id AND c.stopped_at IS NULL
    ORDER BY c.customer_id) AS customer_ids
FROM ops.alert_channel a
JOIN ops.partner p ON p.partner_id = a.partner_id
WHERE a.removed_at IS NULL AND a.document -> 'digest' ->> 'over' = 'customers'
ORDER BY p.partner_id, a.key
