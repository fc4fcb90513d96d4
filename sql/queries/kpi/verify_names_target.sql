-- The records of the targets that the claims may mean: by a key of their own, or by the key of their source that they hold.
-- grain:   one row of pg_temp.name_of per record and key
-- params:  customer_id int
-- columns: rows written
-- source:  view kpi.record, each kind read once
WITH
kind AS (
  SELECT DISTINCT c.target_system_id AS system_id, c.target_type AS object_type
  FROM pg_temp.claim c
  WHERE c.target_system_id IS NOT NULL
),
wanted AS MATERIALIZED (
  SELECT c.plain_key AS name FROM pg_temp.claim c
  UNION SELECT c.target_key FROM pg_temp.claim c
  UNION
  SELECT u.name
  FROM pg_temp.claim c
  CROSS JOIN LATERAL (
    SELECT r.names FROM kpi.record r
    WHERE r.customer_id = CAST(:customer_id AS int) AND r.system_id = c.source_system_id AND r.object_type = c.source_type AND r.source_id = c.source_id
    OFFSET 0
  ) r
  CROSS JOIN LATERAL unnest(r.names) u (name)
  WHERE c.source_id IS NOT NULL
)
INSERT INTO pg_temp.name_of (system_id, object_type, source_id, name, how)
SELECT r.system_id, r.object_type, r.heir_id, u.name, CASE WHEN r.is_part AND r.heir_id = r.source_id THEN 'part ' ELSE 'target ' END || u.how
FROM kind k
CROSS JOIN LATERAL (
  SELECT r.system_id, r.object_type, r.source_id, r.heir_id, r.names, r.made_for, r.made_of, r.is_part
  FROM kpi.record r
  WHERE r.customer_id = CAST(:customer_id AS int) AND r.system_id = k.system_id AND r.object_type = k.object_type
  OFFSET 0
) r
CROSS JOIN LATERAL (
  SELECT n.name, CASE WHEN n.name = kpi.plain_key(r.source_id) THEN 'id' ELSE 'name' END AS how FROM unnest(r.names) n (name)
  UNION ALL
  SELECT r.made_for, concat_ws(' ', 'made_for', r.made_of) WHERE r.made_for IS NOT NULL
) u
JOIN wanted w ON w.name = u.name
