-- The partners as the estate file says them.
-- grain:   one row per partner
-- params:  none
-- columns: path text[] (partner); value jsonb; is_retired boolean
-- source:  configuration
SELECT
  ARRAY[p.key] AS path,
  jsonb_build_object('name', p.name, 'hosts', to_jsonb(p.hosts), 'time_zone', p.time_zone, 'locale', p.locale, 'brand', p.brand, 'mail', p.mail,
                     'hourly_cost', h.rates, 'alert_days', p.alert_days) AS value,
  false AS is_retired
FROM ops.partner p
LEFT JOIN ops.hourly_cost h ON h.partner_id = p.partner_id
ORDER BY p.key
