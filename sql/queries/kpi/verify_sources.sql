-- Tells each claim which record of the source it is about: the one of that id, else the only one of that name.
-- grain:   one row of pg_temp.claim whose source is known
-- params:  none
-- columns: none
-- source:  pg_temp.name_of
UPDATE pg_temp.claim c
SET source_id = s.source_id
FROM (
  SELECT n.system_id, n.object_type, n.name,
    coalesce(min(n.source_id) FILTER (WHERE n.how = 'id'), CASE WHEN count(DISTINCT n.source_id) = 1 THEN min(n.source_id) END) AS source_id
  FROM pg_temp.name_of n
  GROUP BY n.system_id, n.object_type, n.name
) s
WHERE s.system_id = c.source_system_id AND s.object_type = c.source_type AND s.name = c.plain_key
