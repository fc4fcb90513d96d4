-- Marks both ends of the links that the claims said before and do not say any more, or say now and did not before.
-- grain:   one row of kpi.parity_mark per record; none before two systems of the customer were compared
-- params:  customer_id int
-- columns: rows written
-- source:  pg_temp.link_was, kpi.verification
WITH
link_is AS (
  SELECT DISTINCT v.source_system_id, v.source_type, v.source_id, v.target_system_id, v.target_type, v.target_id
  FROM pg_temp.claim_key k
  JOIN kpi.verification v ON v.customer_id = CAST(:customer_id AS int)
    AND k.flow_id = v.flow_id AND k.due_at = v.due_at AND k.run_system_id = v.run_system_id AND k.transaction_key = v.transaction_key
    AND k.object_type = v.object_type AND k.source_key = v.source_key
  WHERE v.source_system_id IS NOT NULL AND v.source_type IS NOT NULL AND v.source_id IS NOT NULL AND v.target_system_id IS NOT NULL
    AND v.target_type IS NOT NULL AND v.target_id IS NOT NULL AND v.verdict <> 'refused'
),
moved AS (
  (TABLE link_is EXCEPT TABLE pg_temp.link_was)
  UNION ALL
  (TABLE pg_temp.link_was EXCEPT TABLE link_is)
)
INSERT INTO kpi.parity_mark (customer_id, system_id, object_type, source_id)
SELECT DISTINCT CAST(:customer_id AS int), e.system_id, e.object_type, e.source_id
FROM moved m
CROSS JOIN LATERAL (VALUES (m.source_system_id, m.source_type, m.source_id), (m.target_system_id, m.target_type, m.target_id))
  e (system_id, object_type, source_id)
WHERE EXISTS (SELECT FROM kpi.parity_range r WHERE r.customer_id = CAST(:customer_id AS int))
ON CONFLICT DO NOTHING
