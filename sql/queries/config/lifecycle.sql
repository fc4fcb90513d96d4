-- The stages of the customers' lives as the estate file says them.
-- grain:   one row per customer that has any
-- params:  none
-- columns: path text[] (partner, customer); value jsonb; is_retired boolean
-- source:  configuration
SELECT
  ARRAY[p.key, c.key] AS path,
  jsonb_build_object('stages', jsonb_agg(jsonb_build_object('stage', l.stage, 'valid_from', CAST(l.valid_from AS text)) ORDER BY l.valid_from)) AS value,
  false AS is_retired
FROM ops.lifecycle_stage l
JOIN ops.customer c ON c.customer_id = l.customer_id
JOIN ops.partner p ON p.partner_id = c.partner_id
GROUP BY p.key, c.key, c.customer_id
ORDER BY p.key, c.key
