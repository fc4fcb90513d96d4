-- Notes which records are linked by the claims that are about to be verified again.
-- grain:   one row of pg_temp.link_was per link
-- params:  customer_id int
-- columns: rows written
-- source:  kpi.verification
INSERT INTO pg_temp.link_was (source_system_id, source_type, source_id, target_system_id, target_type, target_id)
SELECT DISTINCT v.source_system_id, v.source_type, v.source_id, v.target_system_id, v.target_type, v.target_id
FROM pg_temp.claim_key k
JOIN kpi.verification v ON v.customer_id = CAST(:customer_id AS int)
  AND k.flow_id = v.flow_id AND k.due_at = v.due_at AND k.run_system_id = v.run_system_id AND k.transaction_key = v.transaction_key
    AND k.object_type = v.object_type AND k.source_key = v.source_key
WHERE v.source_system_id IS NOT NULL AND v.source_type IS NOT NULL AND v.source_id IS NOT NULL AND v.target_system_id IS NOT NULL
  AND v.target_type IS NOT NULL AND v.target_id IS NOT NULL AND v.verdict <> 'refused'
