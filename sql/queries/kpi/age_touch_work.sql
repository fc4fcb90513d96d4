-- Marks the projects and months of the listed work, as kpi.work has it now: before it is worked out again, and after.
-- grain:   one row of kpi.touched per system, month and project, for its bills and for what is unbilled; and one per system and project for what is to be delivered
-- params:  customer_id int
-- columns: none
-- source:  pg_temp.work_key, kpi.work. A mark that is there already is held fast, so that who takes it waits until the work is written
WITH
held AS (
  SELECT
    w.system_id || ' ' || CAST(date_trunc('month', w.worked_on) AS date) || ' ' || coalesce(w.project_ref, '') AS subject,
    w.system_id || ' ' || w.project_ref AS project
  FROM pg_temp.work_key k
  JOIN kpi.work w ON w.customer_id = k.customer_id AND w.system_id = k.system_id AND w.item_type = k.item_type AND w.item_id = k.item_id
  WHERE w.customer_id = CAST(:customer_id AS int)
),
mark AS (
  SELECT b.source, h.subject FROM held h CROSS JOIN (VALUES ('bills'), ('unbilled_time')) b (source)
  UNION
  SELECT 'delivery_backlog', h.project FROM held h WHERE h.project IS NOT NULL
)
INSERT INTO kpi.touched (customer_id, source, subject)
SELECT CAST(:customer_id AS int), m.source, m.subject
FROM mark m
ORDER BY m.source, m.subject
ON CONFLICT (customer_id, source, subject) DO UPDATE SET source = excluded.source
