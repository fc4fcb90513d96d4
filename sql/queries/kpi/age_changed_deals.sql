-- Lists the won deals of one customer of which, or of whose projects, something was written, or all of them.
-- grain:   one row of pg_temp.age_subject per opportunity that is or once was won
-- params:  customer_id int; source text (deals); everything boolean
-- columns: rows written
-- source:  biz.opportunity, kpi.project_of_opportunity; and those of which nobody knew, for the systems of their projects had not been read
WITH
delivered AS (
  SELECT
    m.opportunity_system_id AS system_id, m.opportunity_id,
    string_agg(concat_ws(' ', m.system_id, m.project_id, m.is_fact, m.is_usable, extract(epoch FROM m.created_at), extract(epoch FROM m.gone_at)), ', '
               ORDER BY m.system_id, m.project_id) AS projects
  FROM kpi.project_of_opportunity m
  WHERE m.customer_id = CAST(:customer_id AS int)
  GROUP BY m.opportunity_system_id, m.opportunity_id
),
standing AS (
  SELECT o.system_id || ' ' || o.source_id AS subject, concat_ws('; ', extract(epoch FROM o.last_seen_at), d.projects) AS state
  FROM biz.opportunity o
  LEFT JOIN delivered d ON d.system_id = o.system_id AND d.opportunity_id = o.source_id
  WHERE o.customer_id = CAST(:customer_id AS int) AND o.requires_delivery AND (o.is_won OR o.won_at IS NOT NULL)
),
-- include: age_changed
INSERT INTO pg_temp.age_subject (subject, state)
SELECT c.subject, c.state
FROM changed c
UNION
SELECT n.subject, n.state
FROM kpi.age_piece p
JOIN standing n ON n.subject = p.subject
WHERE p.customer_id = CAST(:customer_id AS int) AND p.kind = 'project_ready_time' AND p.cause = 3
