-- The flows as the estate file says them; what is promised for them stands in promise.sql.
-- grain:   one row per flow
-- params:  none
-- columns: path text[] (partner, customer, flow); value jsonb; is_retired boolean
-- source:  configuration
SELECT
  ARRAY[p.key, c.key, f.key] AS path,
  jsonb_build_object('name', f.name, 'workflow', f.workflow, 'from', a.key, 'to', b.key, 'runs_system', r.key, 'runs_match', f.runs_match,
    'agreed', f.agreed) AS value,
  f.removed_at IS NOT NULL AS is_retired
FROM ops.flow f
JOIN ops.customer c ON c.customer_id = f.customer_id
JOIN ops.partner p ON p.partner_id = c.partner_id
LEFT JOIN ops.system a ON a.customer_id = f.customer_id AND a.system_id = f.from_system_id
LEFT JOIN ops.system b ON b.customer_id = f.customer_id AND b.system_id = f.to_system_id
LEFT JOIN ops.system r ON r.customer_id = f.customer_id AND r.system_id = f.runs_system_id
ORDER BY p.key, c.key, f.flow_id
