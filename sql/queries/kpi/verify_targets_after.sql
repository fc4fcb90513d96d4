-- Lists the records of the targets that the new verdicts name, and all of a kind whose first claim is another now.
-- grain:   one row of pg_temp.target_seen per record that is not in it yet
-- params:  customer_id int
-- columns: rows written
-- source:  [ours]
INSERT INTO pg_temp.target_seen (system_id, object_type, source_id)
-- include: named_target
UNION
SELECT f.target_system_id, f.target_type, r.source_id
FROM (
  SELECT DISTINCT f.target_system_id, f.target_type
  FROM pg_temp.flow_rule f
  LEFT JOIN kpi.verified_flow w ON w.customer_id = CAST(:customer_id AS int) AND w.flow_id = f.flow_id AND w.object_type = f.object_type
  LEFT JOIN LATERAL (
    SELECT v.due_at FROM kpi.verification v
    WHERE v.customer_id = CAST(:customer_id AS int) AND v.flow_id = f.flow_id AND v.target_system_id = f.target_system_id
      AND v.target_type = f.target_type
      AND v.verdict NOT IN ('unclaimed', 'waiting', 'refused')
    ORDER BY v.due_at LIMIT 1
  ) c ON true
  WHERE c.due_at IS DISTINCT FROM w.first_claim_at
) f
CROSS JOIN LATERAL (
  SELECT r.source_id FROM kpi.record r
  WHERE r.customer_id = CAST(:customer_id AS int) AND r.system_id = f.target_system_id AND r.object_type = f.target_type
  OFFSET 0
) r
ON CONFLICT DO NOTHING
