-- Which kinds of records a system holds; asked for one kind, only that table is looked at.
-- grain:   one row per record
-- columns: customer_id, system_id int; object text
-- source:  [ours] a customer whose records were written by other means than a collector has no ledger
CREATE VIEW kpi.object_held WITH (security_invoker = true) AS
SELECT p.customer_id, p.system_id, 'project' AS object FROM biz.project p
UNION ALL
SELECT t.customer_id, t.system_id, 'task' FROM biz.task t
UNION ALL
SELECT i.customer_id, i.system_id, 'invoice' FROM biz.invoice i
UNION ALL
SELECT i.customer_id, i.system_id, 'invoice_line' FROM biz.invoice i
UNION ALL
SELECT a.customer_id, a.system_id, 'account' FROM biz.account a
UNION ALL
SELECT r.customer_id, r.system_id, 'resource' FROM biz.resource r
UNION ALL
SELECT s.customer_id, s.system_id, 'revenue_schedule' FROM biz.revenue_schedule s
UNION ALL
SELECT c.customer_id, c.system_id, 'contract' FROM biz.contract c
UNION ALL
SELECT a.customer_id, a.system_id, 'assignment' FROM biz.assignment a
UNION ALL
SELECT o.customer_id, o.system_id, 'opportunity' FROM biz.opportunity o
UNION ALL
SELECT b.customer_id, b.system_id, 'budget' FROM biz.budget b
UNION ALL
SELECT c.customer_id, c.system_id, 'project_cost' FROM biz.project_cost c
UNION ALL
SELECT s.customer_id, s.system_id, 'billing_schedule' FROM biz.billing_schedule s;
