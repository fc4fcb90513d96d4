-- The records of the targets that the verdicts of the listed claims name.
-- expects: pg_temp.claim_key; param customer_id int
-- gives:   rows of pg_temp.target_seen: target_system_id, target_type, id; the same record may come twice
-- source:  [ours]
SELECT v.target_system_id, v.target_type, u.id
FROM pg_temp.claim_key k
JOIN kpi.verification v ON v.customer_id = CAST(:customer_id AS int) AND v.flow_id = k.flow_id AND v.due_at = k.due_at
  AND v.run_system_id = k.run_system_id AND v.transaction_key = k.transaction_key AND v.object_type = k.object_type AND v.source_key = k.source_key
CROSS JOIN LATERAL unnest(array_append(v.other_ids, v.target_id)) u (id)
WHERE u.id IS NOT NULL AND v.target_system_id IS NOT NULL AND v.target_type IS NOT NULL
