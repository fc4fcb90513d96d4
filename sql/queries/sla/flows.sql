-- The flows that objectives and exclusions name.
-- grain:   one row per flow
-- params:  customer_ids int[]
-- columns: customer_id, flow_id int; key, workflow, system_key text (the system on which its runs happen; null: not said);
--          removed_at timestamptz (null: it is there)
-- source:  configuration
SELECT f.customer_id, f.flow_id, f.key, f.workflow, s.key AS system_key, f.removed_at
FROM ops.flow f
LEFT JOIN ops.system s ON s.customer_id = f.customer_id AND s.system_id = f.runs_system_id
WHERE f.customer_id = ANY (CAST(:customer_ids AS int[]))
ORDER BY f.customer_id, f.key
