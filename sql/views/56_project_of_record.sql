-- Which project a record is of, as its own system tells it; of a deal, the projects that deliver it.
-- grain:   one row per record and project: a bill may be of several, by its lines; a record of no project has no row
-- columns: customer_id, system_id int; object_type, source_id text; project_system_id int; project_ref text; since_at timestamptz (infinitely
--          long ago: as long as it is there)
-- source:  [ours] work says it itself or by its task, as in kpi.work; a bill itself, else by its lines; a deal by links that are facts. What a
--          contract promises is of no project
CREATE VIEW kpi.project_of_record WITH (security_invoker = true) AS
SELECT
  p.customer_id, p.system_id, 'project' AS object_type, p.source_id, p.system_id AS project_system_id, p.source_id AS project_ref,
  CAST('-infinity' AS timestamptz) AS since_at
FROM biz.project p
UNION ALL
SELECT t.customer_id, t.system_id, 'time_entry', t.source_id, t.system_id, coalesce(t.project_ref, k.project_ref), '-infinity'
FROM biz.time_entry t
LEFT JOIN biz.task k ON k.customer_id = t.customer_id AND k.system_id = t.system_id AND k.source_id = t.task_ref
WHERE coalesce(t.project_ref, k.project_ref) IS NOT NULL
UNION ALL
SELECT x.customer_id, x.system_id, 'expense', x.source_id, x.system_id, x.project_ref, '-infinity'
FROM biz.expense x
WHERE x.project_ref IS NOT NULL
UNION ALL
SELECT k.customer_id, k.system_id, 'task', k.source_id, k.system_id, k.project_ref, '-infinity'
FROM biz.task k
WHERE k.project_ref IS NOT NULL
UNION ALL
SELECT m.customer_id, m.system_id, 'milestone', m.source_id, m.system_id, m.project_ref, '-infinity'
FROM biz.milestone m
WHERE m.project_ref IS NOT NULL
UNION ALL
SELECT i.customer_id, i.system_id, 'invoice', i.source_id, i.system_id, i.project_ref, '-infinity'
FROM biz.invoice i
WHERE i.project_ref IS NOT NULL
UNION ALL
SELECT DISTINCT i.customer_id, i.system_id, 'invoice', i.source_id, i.system_id, coalesce(l.project_ref, k.project_ref), CAST('-infinity' AS timestamptz)
FROM biz.invoice i
JOIN biz.invoice_line l ON l.customer_id = i.customer_id AND l.system_id = i.system_id AND l.invoice_ref = i.source_id AND l.deleted_at IS NULL
LEFT JOIN biz.task k ON k.customer_id = l.customer_id AND k.system_id = l.system_id AND k.source_id = l.task_ref
WHERE i.project_ref IS NULL AND coalesce(l.project_ref, k.project_ref) IS NOT NULL
UNION ALL
SELECT l.customer_id, l.system_id, 'invoice_line', l.source_id, l.system_id, coalesce(l.project_ref, k.project_ref, i.project_ref), '-infinity'
FROM biz.invoice_line l
LEFT JOIN biz.task k ON k.customer_id = l.customer_id AND k.system_id = l.system_id AND k.source_id = l.task_ref
LEFT JOIN biz.invoice i ON i.customer_id = l.customer_id AND i.system_id = l.system_id AND i.source_id = l.invoice_ref
WHERE coalesce(l.project_ref, k.project_ref, i.project_ref) IS NOT NULL
UNION ALL
SELECT r.customer_id, r.system_id, 'revenue_schedule', r.source_id, r.system_id, r.project_ref, '-infinity'
FROM biz.revenue_schedule r
WHERE r.project_ref IS NOT NULL
UNION ALL
SELECT h.customer_id, h.system_id, 'change_order', h.source_id, h.system_id, h.project_ref, '-infinity'
FROM biz.change_order h
WHERE h.project_ref IS NOT NULL
UNION ALL
SELECT b.customer_id, b.system_id, 'budget', b.source_id, b.system_id, b.project_ref, '-infinity'
FROM biz.budget b
UNION ALL
SELECT d.customer_id, d.system_id, 'billing_schedule', d.source_id, d.system_id, d.project_ref, '-infinity'
FROM biz.billing_schedule d
WHERE d.project_ref IS NOT NULL
UNION ALL
SELECT s.customer_id, s.system_id, 'supplier_bill', s.source_id, s.system_id, s.project_ref, '-infinity'
FROM biz.supplier_bill s
WHERE s.project_ref IS NOT NULL
UNION ALL
SELECT z.customer_id, z.system_id, 'project_cost', z.source_id, z.system_id, z.project_ref, '-infinity'
FROM biz.project_cost z
UNION ALL
SELECT m.customer_id, m.opportunity_system_id, 'opportunity', m.opportunity_id, m.system_id, m.project_id, m.created_at
FROM kpi.project_of_opportunity m
WHERE m.is_fact;
