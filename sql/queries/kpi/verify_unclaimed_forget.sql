-- Forgets that nobody claims the records that are looked at again, and the whole list of flows that are no longer verified.
-- grain:   one row of kpi.verification per record
-- params:  customer_id int
-- columns: none
-- source:  [ours]
DELETE FROM kpi.verification v
WHERE v.customer_id = CAST(:customer_id AS int) AND v.verdict IN ('unclaimed', 'waiting')
  AND (EXISTS (SELECT FROM pg_temp.target_seen t
               WHERE t.system_id = v.target_system_id AND t.object_type = v.target_type AND t.source_id = v.target_id)
    OR NOT EXISTS (SELECT FROM pg_temp.flow_rule f WHERE f.flow_id = v.flow_id AND f.target_type = v.target_type AND f.target_system_id = v.target_system_id))
