-- Lists the records of both sides that were written since, and the ends of links that began or ended.
-- grain:   one row of pg_temp.wanted per record of a pair that is not read as a whole
-- params:  customer_id int; since timestamptz
-- columns: rows written
-- source:  last_seen_at of records; pg_temp.mark
WITH
side AS (
  SELECT p.flow_id, s.*
  FROM pg_temp.pair p
  CROSS JOIN LATERAL (VALUES (false, p.source_system_id, p.source_type), (true, p.target_system_id, p.target_type)) s (is_target, system_id, object_type)
  WHERE NOT p.is_whole
)
INSERT INTO pg_temp.wanted (flow_id, is_target, id)
SELECT s.flow_id, s.is_target, r.source_id
FROM side s
CROSS JOIN LATERAL (
  SELECT r.source_id
  FROM kpi.record r
  WHERE r.customer_id = CAST(:customer_id AS int) AND r.system_id = s.system_id AND r.object_type = s.object_type
    AND r.last_seen_at >= CAST(:since AS timestamptz)
  OFFSET 0
) r
UNION
SELECT s.flow_id, s.is_target, m.source_id
FROM side s
JOIN pg_temp.mark m ON m.system_id = s.system_id AND m.object_type = s.object_type
