-- Which projects deliver which opportunity, as the rules and people hold it now.
-- grain:   one row per pair
-- columns: customer_id int; opportunity_system_id int; opportunity_id text; system_id int; project_id text; rule text; confidence numeric;
--          is_fact boolean (false: a suggestion, on which no figure counts); created_at, gone_at timestamptz; is_usable boolean
-- source:  biz.xref; from a confidence of 0.90 on a link is a fact
CREATE VIEW kpi.project_of_opportunity WITH (security_invoker = true) AS
SELECT
  x.customer_id, x.left_system_id AS opportunity_system_id, x.left_id AS opportunity_id,
  x.right_system_id AS system_id, x.right_id AS project_id, x.rule, x.confidence, x.confidence >= 0.90 AS is_fact,
  p.created_at, p.gone_at, p.is_usable
FROM biz.xref x
JOIN kpi.project_identity p ON p.customer_id = x.customer_id AND p.system_id = x.right_system_id AND p.source_id = x.right_id
WHERE x.relation = 'project_of_opportunity' AND x.valid_to = 'infinity' AND x.confidence >= 0.50;
