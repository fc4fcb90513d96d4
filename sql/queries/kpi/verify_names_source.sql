-- The records of the sources that the claims may mean.
-- grain:   one row of pg_temp.name_of per record and key that a claim names
-- params:  customer_id int
-- columns: rows written
-- source:  view kpi.record, each kind read once
WITH
kind AS (
  SELECT DISTINCT c.source_system_id AS system_id, c.source_type AS object_type
  FROM pg_temp.claim c
  WHERE c.source_system_id IS NOT NULL
)
INSERT INTO pg_temp.name_of (system_id, object_type, source_id, name, how)
SELECT r.system_id, r.object_type, r.heir_id, u.name, CASE WHEN u.name = kpi.plain_key(r.source_id) THEN 'id' ELSE 'name' END
FROM kind k
CROSS JOIN LATERAL (
  SELECT r.system_id, r.object_type, r.source_id, r.heir_id, r.names
  FROM kpi.record r
  WHERE r.customer_id = CAST(:customer_id AS int) AND r.system_id = k.system_id AND r.object_type = k.object_type
  OFFSET 0
) r
CROSS JOIN LATERAL unnest(r.names) u (name)
JOIN (SELECT DISTINCT c.plain_key FROM pg_temp.claim c) w ON w.plain_key = u.name
