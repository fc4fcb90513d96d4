-- Lists all records of a customer that a rule may be about.
-- grain:   one row of pg_temp.expect_key per record
-- params:  customer_id int; wanted text[] (kinds of records that a rule is about)
-- columns: rows written
-- source:  the records; what begins nothing is left out when expectations are worked out
WITH
record AS (
  SELECT 'opportunity' AS subject_type, r.system_id, r.source_id FROM biz.opportunity r WHERE r.customer_id = CAST(:customer_id AS int)
  UNION ALL
  SELECT 'project', r.system_id, r.source_id FROM biz.project r WHERE r.customer_id = CAST(:customer_id AS int)
  UNION ALL
  SELECT w.item_type, w.system_id, w.item_id FROM kpi.work w WHERE w.customer_id = CAST(:customer_id AS int)
  UNION ALL
  SELECT 'milestone', r.system_id, r.source_id FROM biz.milestone r WHERE r.customer_id = CAST(:customer_id AS int)
  UNION ALL
  SELECT 'invoice', r.system_id, r.source_id FROM biz.invoice r WHERE r.customer_id = CAST(:customer_id AS int)
  UNION ALL
  SELECT 'account', r.system_id, r.source_id FROM biz.account r WHERE r.customer_id = CAST(:customer_id AS int)
  UNION ALL
  SELECT 'resource', r.system_id, r.source_id FROM biz.resource r WHERE r.customer_id = CAST(:customer_id AS int)
  UNION ALL
  SELECT 'revenue_schedule', r.system_id, r.source_id FROM biz.revenue_schedule r WHERE r.customer_id = CAST(:customer_id AS int)
  UNION ALL
  SELECT 'contract', r.system_id, r.source_id FROM biz.contract r WHERE r.customer_id = CAST(:customer_id AS int)
  UNION ALL
  SELECT 'billing_schedule', r.system_id, r.source_id FROM biz.billing_schedule r WHERE r.customer_id = CAST(:customer_id AS int)
  UNION ALL
  SELECT DISTINCT r.object_type, r.system_id, r.source_id FROM kpi.called r WHERE r.customer_id = CAST(:customer_id AS int)
)
INSERT INTO pg_temp.expect_key (subject_type, system_id, subject_id)
SELECT r.subject_type, r.system_id, r.source_id
FROM record r
WHERE r.subject_type = ANY (CAST(:wanted AS text[]))
