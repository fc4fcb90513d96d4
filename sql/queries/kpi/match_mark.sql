-- Marks both ends of the links that began or ended at this instant.
-- grain:   one row of kpi.parity_mark per record; none before two systems of the customer were compared
-- params:  customer_id int; now timestamptz
-- columns: rows written
-- source:  biz.xref
INSERT INTO kpi.parity_mark (customer_id, system_id, object_type, source_id)
SELECT DISTINCT CAST(:customer_id AS int), e.system_id, e.object_type, e.source_id
FROM biz.xref x
CROSS JOIN LATERAL (
  VALUES
    (x.left_system_id, CASE x.relation WHEN 'project_of_opportunity' THEN 'opportunity' ELSE substr(x.relation, 6) END, x.left_id),
    (x.right_system_id, CASE x.relation WHEN 'project_of_opportunity' THEN 'project' ELSE substr(x.relation, 6) END, x.right_id)
) e (system_id, object_type, source_id)
WHERE x.customer_id = CAST(:customer_id AS int) AND (x.valid_from = CAST(:now AS timestamptz) OR x.valid_to = CAST(:now AS timestamptz))
  AND EXISTS (SELECT FROM kpi.parity_range r WHERE r.customer_id = CAST(:customer_id AS int))
ON CONFLICT DO NOTHING
