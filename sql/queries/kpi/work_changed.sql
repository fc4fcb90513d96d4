-- Lists the work whose record, task, project, account, link, line, invoice or history has been written since an instant.
-- grain:   one row per piece of work of one customer, into pg_temp.work_key
-- params:  customer_id int; since timestamptz
-- columns: rows written
-- source:  last_seen_at of every record: when it was last seen new or changed
WITH
touched_invoice AS (
  SELECT i.system_id, coalesce(i.credits_ref, i.source_id) AS invoice_id
  FROM biz.invoice i
  WHERE i.customer_id = CAST(:customer_id AS int) AND i.last_seen_at >= CAST(:since AS timestamptz)
  UNION
  SELECT e.system_id, e.source_id
  FROM biz.state_event e
  WHERE e.customer_id = CAST(:customer_id AS int) AND e.object_type = 'invoice' AND e.seen_at >= CAST(:since AS timestamptz)
),
touched_line AS (
  SELECT l.system_id, l.source_id AS line_id
  FROM biz.invoice_line l
  WHERE l.customer_id = CAST(:customer_id AS int) AND l.last_seen_at >= CAST(:since AS timestamptz)
  UNION
  SELECT l.system_id, l.source_id
  FROM touched_invoice i
  JOIN biz.invoice_line l ON l.customer_id = CAST(:customer_id AS int) AND l.system_id = i.system_id AND l.invoice_ref = i.invoice_id
),
touched_project AS (
  SELECT p.system_id, p.source_id AS project_ref
  FROM biz.project p
  WHERE p.customer_id = CAST(:customer_id AS int) AND p.last_seen_at >= CAST(:since AS timestamptz)
  UNION
  SELECT p.system_id, p.source_id
  FROM biz.account a
  JOIN biz.project p ON p.customer_id = CAST(:customer_id AS int) AND p.system_id = a.system_id AND p.account_ref = a.source_id
  WHERE a.customer_id = CAST(:customer_id AS int) AND a.merged_into_ref IS NOT NULL
    AND a.last_seen_at >= CAST(:since AS timestamptz)
),
touched AS (
  SELECT t.system_id, 'time_entry' AS item_type, t.source_id AS item_id
  FROM biz.time_entry t
  WHERE t.customer_id = CAST(:customer_id AS int) AND t.last_seen_at >= CAST(:since AS timestamptz)
  UNION
  SELECT x.system_id, 'expense', x.source_id
  FROM biz.expense x
  WHERE x.customer_id = CAST(:customer_id AS int) AND x.last_seen_at >= CAST(:since AS timestamptz)
  UNION
  SELECT t.system_id, 'time_entry', t.source_id
  FROM biz.task k
  JOIN biz.time_entry t ON t.customer_id = CAST(:customer_id AS int) AND t.system_id = k.system_id AND t.task_ref = k.source_id
  WHERE k.customer_id = CAST(:customer_id AS int) AND k.last_seen_at >= CAST(:since AS timestamptz)
  UNION
  -- only work we hold: it has the projects of its tasks, too
  SELECT w.system_id, w.item_type, w.item_id
  FROM touched_project p
  JOIN kpi.work w ON w.customer_id = CAST(:customer_id AS int) AND w.system_id = p.system_id AND w.project_ref = p.project_ref
  UNION
  SELECT b.system_id, b.object_type, b.object_ref
  FROM biz.billing_link b
  WHERE b.customer_id = CAST(:customer_id AS int) AND b.last_seen_at >= CAST(:since AS timestamptz)
    AND b.object_type IN ('time_entry', 'expense')
  UNION
  SELECT b.system_id, b.object_type, b.object_ref
  FROM touched_line l
  JOIN biz.billing_link b ON b.customer_id = CAST(:customer_id AS int) AND b.system_id = l.system_id AND b.invoice_line_ref = l.line_id
  WHERE b.object_type IN ('time_entry', 'expense')
  UNION
  SELECT t.system_id, 'time_entry', t.source_id
  FROM touched_line l
  JOIN biz.time_entry t ON t.customer_id = CAST(:customer_id AS int) AND t.system_id = l.system_id AND t.invoice_line_ref = l.line_id
  UNION
  SELECT x.system_id, 'expense', x.source_id
  FROM touched_line l
  JOIN biz.expense x ON x.customer_id = CAST(:customer_id AS int) AND x.system_id = l.system_id AND x.invoice_line_ref = l.line_id
  UNION
  SELECT e.system_id, e.object_type, e.source_id
  FROM biz.state_event e
  WHERE e.customer_id = CAST(:customer_id AS int) AND e.object_type IN ('time_entry', 'expense')
    AND e.field IN ('billable', 'bill_state') AND e.seen_at >= CAST(:since AS timestamptz)
)
INSERT INTO pg_temp.work_key (customer_id, system_id, item_type, item_id)
SELECT CAST(:customer_id AS int), t.system_id, t.item_type, t.item_id
FROM touched t
