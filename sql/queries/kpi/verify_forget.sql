-- Removes the verdicts that are about to be found anew.
-- grain:   one row of kpi.verification per pg_temp.claim_key
-- params:  customer_id int
-- columns: none
-- source:  [ours]
DELETE FROM kpi.verification v
USING pg_temp.claim_key k
WHERE v.customer_id = CAST(:customer_id AS int)
  AND k.flow_id = v.flow_id AND k.due_at = v.due_at AND k.run_system_id = v.run_system_id AND k.transaction_key = v.transaction_key
  AND k.object_type = v.object_type AND k.source_key = v.source_key
