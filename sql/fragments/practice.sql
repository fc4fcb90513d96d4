-- Which practice projects belong to: their own, else that of the nearest project above them that has one.
-- expects: parameter customer_ids int[]
-- gives:   practice, one row per project that has one: customer_id, system_id, project_ref, practice
practice AS (
  WITH RECURSIVE up AS (
    SELECT p.customer_id, p.system_id, p.source_id AS project_ref, p.parent_ref, nullif(trim(p.practice), '') AS practice, 0 AS steps
    FROM biz.project p
    WHERE p.customer_id = ANY (CAST(:customer_ids AS int[]))
    UNION ALL
    SELECT u.customer_id, u.system_id, u.project_ref, p.parent_ref, nullif(trim(p.practice), ''), u.steps + 1
    FROM up u
    JOIN biz.project p ON p.customer_id = u.customer_id AND p.system_id = u.system_id AND p.source_id = u.parent_ref
    WHERE u.practice IS NULL AND u.steps < 20  -- projects above each other in a circle
  )
  SELECT u.customer_id, u.system_id, u.project_ref, u.practice
  FROM up u
  WHERE u.practice IS NOT NULL
)
