-- Which workflow names of which systems are runs of which flow.
-- grain:   one row per flow that is in use and counts runs
-- params:  customer_ids int[]
-- columns: customer_id, runs_system_id, flow_id int; runs_match text (glob: * and ?)
-- source:  the estate as applied
SELECT f.customer_id, f.runs_system_id, f.flow_id, f.runs_match
FROM ops.flow f
WHERE f.customer_id = ANY (CAST(:customer_ids AS int[]))
  AND f.removed_at IS NULL
  AND f.runs_system_id IS NOT NULL
  AND f.runs_match IS NOT NULL
ORDER BY f.customer_id, f.runs_system_id, f.key
