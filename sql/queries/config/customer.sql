-- The customers as the estate file says them.
-- grain:   one row per customer
-- params:  none
-- columns: path text[] (partner, customer); value jsonb; is_retired boolean
-- source:  configuration
SELECT
  ARRAY[p.key, c.key] AS path,
  jsonb_build_object('name', c.name, 'time_zone', c.time_zone, 'country', c.country, 'locale', c.locale, 'currency', c.currency,
                     'billing_cut_off', c.billing_cut_off, 'retention_months', c.retention_months, 'review', c.review,
                     'review_in_file', c.review_in_file, 'own_work', c.own_work) AS value,
  c.stopped_at IS NOT NULL AS is_retired
FROM ops.customer c
JOIN ops.partner p ON p.partner_id = c.partner_id
ORDER BY p.key, c.key
