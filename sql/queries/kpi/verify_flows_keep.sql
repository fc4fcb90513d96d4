-- Notes how each flow was verified, and up to when.
-- grain:   one row of kpi.verified_flow per flow and object type
-- params:  customer_id int; now timestamptz
-- columns: none
-- source:  pg_temp.flow_rule
INSERT INTO kpi.verified_flow (
  customer_id, flow_id, object_type, source_type, source_system_id, target_type, target_system_id, read_until, cut_off, first_claim_at, config, looked_at)
SELECT
  CAST(:customer_id AS int), f.flow_id, f.object_type, f.source_type, f.source_system_id, f.target_type, f.target_system_id, f.read_until, f.cut_off,
  c.due_at, f.config, CAST(:now AS timestamptz)
FROM pg_temp.flow_rule f
LEFT JOIN LATERAL (
  SELECT v.due_at FROM kpi.verification v
  WHERE v.customer_id = CAST(:customer_id AS int) AND v.flow_id = f.flow_id AND v.target_system_id = f.target_system_id
      AND v.target_type = f.target_type
    AND v.verdict NOT IN ('unclaimed', 'waiting', 'refused')
  ORDER BY v.due_at LIMIT 1
) c ON true
