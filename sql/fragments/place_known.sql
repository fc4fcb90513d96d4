-- What the projects of records are called, and which practice they belong to. It begins with a comma: where a figure is not split it is left out.
-- expects: a step before it; parameter customer_ids int[]
-- gives:   practice (fragment of that name); called, one row per project: customer_id, system_id, ref, name (as work is split by it), practice
,
-- include: practice
,
called AS MATERIALIZED (
  SELECT
    n.customer_id, n.system_id, n.ref,
    CASE WHEN count(*) OVER (PARTITION BY n.customer_id, n.name) > 1 THEN n.name || ' (' || n.ref || ')' ELSE n.name END AS name, q.practice
  FROM (
    SELECT p.customer_id, p.system_id, p.source_id AS ref, coalesce(p.name, p.number, p.source_id) AS name
    FROM biz.project p
    WHERE p.customer_id = ANY (CAST(:customer_ids AS int[]))
  ) n
  LEFT JOIN practice q ON q.customer_id = n.customer_id AND q.system_id = n.system_id AND q.project_ref = n.ref
)
