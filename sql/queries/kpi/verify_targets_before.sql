-- Lists the records of the targets that may be claimed otherwise now: those of the claims that are verified again, those that were written
-- or linked since, and those that wait for the runs to be read.
-- grain:   one row of pg_temp.target_seen per record
-- params:  customer_id int; since timestamptz (null: all of them)
-- columns: rows written
-- source:  [ours]
WITH
kind AS (SELECT DISTINCT f.target_system_id AS system_id, f.target_type AS object_type, bool_or(f.is_changed) AS is_changed FROM pg_temp.flow_rule f GROUP BY 1, 2)
INSERT INTO pg_temp.target_seen (system_id, object_type, source_id)
-- include: named_target
UNION
SELECT v.target_system_id, v.target_type, v.target_id
FROM kpi.verification v
WHERE v.customer_id = CAST(:customer_id AS int) AND v.verdict = 'waiting'
UNION
SELECT x.right_system_id, f.target_type, x.right_id
FROM (SELECT DISTINCT f.target_system_id, f.target_type, min(f.looked_at) OVER () AS looked_at FROM pg_temp.flow_rule f) f
JOIN biz.xref x ON x.customer_id = CAST(:customer_id AS int) AND x.right_system_id = f.target_system_id
  AND (x.valid_from >= f.looked_at OR x.valid_to < 'infinity' AND x.valid_to >= f.looked_at)
UNION
SELECT k.system_id, k.object_type, r.source_id
FROM kind k
CROSS JOIN LATERAL (
  SELECT r.source_id FROM kpi.record r
  WHERE r.customer_id = CAST(:customer_id AS int) AND r.system_id = k.system_id AND r.object_type = k.object_type
    AND (r.last_seen_at >= coalesce(CAST(:since AS timestamptz), '-infinity') OR k.is_changed)
  OFFSET 0
) r
