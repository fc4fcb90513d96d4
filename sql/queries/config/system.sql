-- The systems as the estate file says them.
-- grain:   one row per system
-- params:  none
-- columns: path text[] (partner, customer, system); value jsonb; is_retired boolean
-- source:  configuration
SELECT
  ARRAY[p.key, c.key, s.key] AS path,
  jsonb_build_object('role', s.role, 'kind', s.kind, 'url', s.url, 'secret', s.secret, 'options', s.options, 'links', s.links) AS value,
  s.removed_at IS NOT NULL AS is_retired
FROM ops.system s
JOIN ops.customer c ON c.customer_id = s.customer_id
JOIN ops.partner p ON p.partner_id = c.partner_id
ORDER BY p.key, c.key, s.system_id
