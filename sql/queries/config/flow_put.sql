-- Writes one flow; its systems are found by key.
-- grain:   one row
-- params:  partner, customer, key text; value jsonb; now timestamptz
-- columns: none
-- source:  configuration
INSERT INTO ops.flow (customer_id, key, name, workflow, from_system_id, to_system_id, runs_system_id, runs_match, agreed, removed_at,
  changed_at)
SELECT
  c.customer_id, CAST(:key AS text), v ->> 'name', v ->> 'workflow', a.system_id, b.system_id, r.system_id, v ->> 'runs_match',
  nullif(v -> 'agreed', 'null'), NULL, CAST(:now AS timestamptz)
FROM (SELECT CAST(:value AS jsonb) AS v) given
JOIN ops.partner p ON p.key = CAST(:partner AS text)
JOIN ops.customer c ON c.partner_id = p.partner_id AND c.key = CAST(:customer AS text)
LEFT JOIN ops.system a ON a.customer_id = c.customer_id AND a.key = v ->> 'from'
LEFT JOIN ops.system b ON b.customer_id = c.customer_id AND b.key = v ->> 'to'
LEFT JOIN ops.system r ON r.customer_id = c.customer_id AND r.key = v ->> 'runs_system'
ON CONFLICT (customer_id, key) DO UPDATE SET
  name = excluded.name, workflow = excluded.workflow, from_system_id = excluded.from_system_id, to_system_id = excluded.to_system_id,
  runs_system_id = excluded.runs_system_id, runs_match = excluded.runs_match, agreed = excluded.agreed, removed_at = NULL, changed_at = excluded.changed_at
