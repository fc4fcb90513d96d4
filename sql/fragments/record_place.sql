  -- The project and the practice of each record (inside FROM).
  -- expects: called (fragment place_known); x (customer_id, system_id int; object_type, object_id text); parameters until, as_of
  -- gives:   place, one row: project text ((no project); (several projects): it is of them together), practice text (what the CRM says of a deal,
  --          else that of the first project that delivers it; else its project's; (no practice), (several practices))
  LEFT JOIN LATERAL (
    SELECT count(*) AS projects, min(v.project_system_id) AS system_id, min(v.project_ref) AS ref,
      array_agg(v.project_system_id || ' ' || v.project_ref ORDER BY v.since_at, v.project_ref) AS keys
    FROM kpi.project_of_record v
    WHERE v.customer_id = x.customer_id AND v.system_id = x.system_id AND v.object_type = x.object_type AND v.source_id = x.object_id
      AND v.since_at < CAST(:until AS timestamptz) AND v.since_at <= coalesce(CAST(:as_of AS timestamptz), kpi.as_of())
  ) projects_of ON true
  LEFT JOIN called ON projects_of.projects = 1 AND called.customer_id = x.customer_id AND called.system_id = projects_of.system_id
    AND called.ref = projects_of.ref
  LEFT JOIN LATERAL (
    SELECT CASE
      WHEN x.object_type = 'opportunity'
      THEN (array_agg(s.practice ORDER BY array_position(projects_of.keys, s.system_id || ' ' || s.ref)) FILTER (WHERE s.practice IS NOT NULL))[1]
      WHEN count(DISTINCT coalesce(s.practice, '')) > 1 THEN '(several practices)'
      ELSE min(s.practice)
    END AS practice
    FROM called s
    WHERE projects_of.projects > 1 AND s.customer_id = x.customer_id AND s.system_id || ' ' || s.ref = ANY (projects_of.keys)
  ) together ON true
  LEFT JOIN biz.opportunity deal ON x.object_type = 'opportunity' AND deal.customer_id = x.customer_id AND deal.system_id = x.system_id
    AND deal.source_id = x.object_id
  CROSS JOIN LATERAL (
    SELECT
      CASE WHEN coalesce(projects_of.projects, 0) = 0 THEN '(no project)' WHEN projects_of.projects > 1 THEN '(several projects)'
           ELSE coalesce(called.name, projects_of.ref) END AS project,
      coalesce(nullif(trim(deal.practice), ''), CASE WHEN projects_of.projects > 1 THEN together.practice ELSE called.practice END, '(no practice)')
        AS practice
  ) place
