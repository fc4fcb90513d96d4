-- Which practice deals belong to: the one that the CRM tells, else that of the first of the projects that deliver them.
-- expects: parameter customer_ids int[]
-- gives:   what the fragment practice gives; deal_practice, one row per opportunity: customer_id, system_id, opportunity_id, practice (null:
--          nobody tells)
-- include: practice
,
deal_practice AS (
  SELECT q.customer_id, q.system_id, q.source_id AS opportunity_id, coalesce(nullif(trim(q.practice), ''), m.practice) AS practice
  FROM biz.opportunity q
  LEFT JOIN (
    SELECT m.customer_id, m.opportunity_system_id, m.opportunity_id, (array_agg(o.practice ORDER BY m.created_at, m.project_id))[1] AS practice
    FROM kpi.project_of_opportunity m
    JOIN practice o ON o.customer_id = m.customer_id AND o.system_id = m.system_id AND o.project_ref = m.project_id
    WHERE m.is_fact AND m.customer_id = ANY (CAST(:customer_ids AS int[]))
    GROUP BY m.customer_id, m.opportunity_system_id, m.opportunity_id
  ) m ON m.customer_id = q.customer_id AND m.opportunity_system_id = q.system_id AND m.opportunity_id = q.source_id
  WHERE q.customer_id = ANY (CAST(:customer_ids AS int[]))
)
