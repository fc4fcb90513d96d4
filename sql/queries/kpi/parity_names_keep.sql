-- Keeps the keys of the listed records, and of all records of pairs that are read as a whole.
-- grain:   one row of kpi.parity_name per record and key that is not its id, where both sides are of one kind
-- params:  customer_id int
-- columns: none
-- source:  view kpi.record
WITH
side AS (
  SELECT p.flow_id, p.is_whole, s.*
  FROM pg_temp.pair p
  CROSS JOIN LATERAL (VALUES (false, p.source_system_id, p.source_type), (true, p.target_system_id, p.target_type)) s (is_target, system_id, object_type)
  WHERE p.has_keys
),
record AS (
  SELECT s.flow_id, s.is_target, r.source_id, r.names
  FROM side s
  CROSS JOIN LATERAL (
    SELECT r.source_id, r.names
    FROM kpi.record r
    WHERE r.customer_id = CAST(:customer_id AS int) AND r.system_id = s.system_id AND r.object_type = s.object_type
    OFFSET 0
  ) r
  WHERE s.is_whole
  UNION ALL
  SELECT s.flow_id, s.is_target, r.source_id, r.names
  FROM side s
  JOIN pg_temp.wanted w ON w.flow_id = s.flow_id AND w.is_target = s.is_target
  CROSS JOIN LATERAL (
    SELECT r.source_id, r.names
    FROM kpi.record r
    WHERE r.customer_id = CAST(:customer_id AS int) AND r.system_id = s.system_id AND r.object_type = s.object_type AND r.source_id = w.id
    OFFSET 0
  ) r
)
INSERT INTO kpi.parity_name (customer_id, flow_id, is_target, source_id, name)
SELECT DISTINCT CAST(:customer_id AS int), r.flow_id, r.is_target, r.source_id, u.name
FROM record r
CROSS JOIN LATERAL unnest(r.names) u (name)
WHERE u.name <> kpi.plain_key(r.source_id)
