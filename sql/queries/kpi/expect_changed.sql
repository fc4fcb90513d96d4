-- Lists the records whose expectations may have changed: they, what may satisfy them, or the link between both was written since an instant.
-- grain:   one row of pg_temp.expect_key per record
-- params:  customer_id int; since timestamptz; linked timestamptz (links that began or ended since; null: all);
--          wanted text[] (kinds of records that a rule is about)
-- columns: rows written
-- source:  last_seen_at of every record; pg_temp.work_key for billable work. What satisfied an expectation and does so no more is found by
--          the expectation itself
WITH
look AS (
  SELECT CAST(:customer_id AS int) AS customer_id, CAST(:since AS timestamptz) AS since,
    coalesce(CAST(:linked AS timestamptz), CAST('-infinity' AS timestamptz)) AS linked
),
project AS (
  SELECT p.system_id, p.source_id
  FROM look k
  JOIN biz.project p ON p.customer_id = k.customer_id AND p.last_seen_at >= k.since
  WHERE p.customer_id = CAST(:customer_id AS int)
  UNION
  SELECT t.system_id, t.project_ref  -- a closed project that was used is a project
  FROM look k
  JOIN biz.time_entry t ON t.customer_id = k.customer_id AND t.last_seen_at >= k.since AND t.project_ref IS NOT NULL
  WHERE t.customer_id = CAST(:customer_id AS int)
),
account AS (
  SELECT a.system_id, a.source_id
  FROM look k
  JOIN biz.account a ON a.customer_id = k.customer_id AND a.last_seen_at >= k.since
  WHERE a.customer_id = CAST(:customer_id AS int)
),
resource AS (
  SELECT r.system_id, r.source_id, r.employee_no, r.email
  FROM look k
  JOIN biz.resource r ON r.customer_id = k.customer_id AND r.last_seen_at >= k.since
  WHERE r.customer_id = CAST(:customer_id AS int)
),
contract AS (
  SELECT c.system_id, c.source_id, c.account_ref
  FROM look k
  JOIN biz.contract c ON c.customer_id = k.customer_id AND c.last_seen_at >= k.since
  WHERE c.customer_id = CAST(:customer_id AS int)
),
task AS (
  SELECT t.system_id, t.source_id, t.project_ref, t.ticket_key, t.first_seen_at < t.last_seen_at AS was_there
  FROM look k
  JOIN biz.task t ON t.customer_id = k.customer_id AND t.last_seen_at >= k.since
  WHERE t.customer_id = CAST(:customer_id AS int)
),
assignment AS (
  SELECT a.system_id, a.source_id, a.project_ref
  FROM look k
  JOIN biz.assignment a ON a.customer_id = k.customer_id AND a.last_seen_at >= k.since
  WHERE a.customer_id = CAST(:customer_id AS int)
),
invoice AS (
  SELECT i.system_id, i.source_id, i.credits_ref, i.number
  FROM look k
  JOIN biz.invoice i ON i.customer_id = k.customer_id AND i.last_seen_at >= k.since
  WHERE i.customer_id = CAST(:customer_id AS int)
),
line AS (
  SELECT l.system_id, l.source_id, l.invoice_ref, l.contract_ref
  FROM look k
  JOIN biz.invoice_line l ON l.customer_id = k.customer_id AND l.last_seen_at >= k.since
  WHERE l.customer_id = CAST(:customer_id AS int)
  UNION
  SELECT l.system_id, l.source_id, l.invoice_ref, l.contract_ref
  FROM invoice i
  JOIN biz.invoice_line l ON l.customer_id = CAST(:customer_id AS int) AND l.system_id = i.system_id AND l.invoice_ref IN (i.source_id, i.credits_ref)
),
link AS (
  SELECT x.relation, x.left_system_id, x.left_id, x.right_system_id, x.right_id
  FROM look k
  JOIN biz.xref x ON x.customer_id = k.customer_id AND (x.valid_from >= k.linked OR x.valid_to >= k.linked AND x.valid_to < 'infinity')
  WHERE x.customer_id = CAST(:customer_id AS int)
),
opportunity AS (
  SELECT o.system_id, o.source_id, o.lead_key, o.first_seen_at < o.last_seen_at AS was_there
  FROM look k
  JOIN biz.opportunity o ON o.customer_id = k.customer_id AND o.last_seen_at >= k.since
  WHERE o.customer_id = CAST(:customer_id AS int)
),
schedule AS (
  SELECT s.system_id, s.source_id, s.contract_ref, s.first_seen_at < s.last_seen_at AS was_there
  FROM look k
  JOIN biz.billing_schedule s ON s.customer_id = k.customer_id AND s.last_seen_at >= k.since
  WHERE s.customer_id = CAST(:customer_id AS int)
),
booking AS (
  SELECT b.origin_type, b.origin_key, b.system_id, CASE WHEN b.first_seen_at < b.last_seen_at THEN ARRAY['quote', 'change_order'] END AS was_of
  FROM look k
  JOIN biz.budget b ON b.customer_id = k.customer_id AND b.last_seen_at >= k.since
  WHERE b.customer_id = CAST(:customer_id AS int)
  UNION ALL
  SELECT c.origin_type, c.origin_key, c.system_id, CASE WHEN c.first_seen_at < c.last_seen_at THEN ARRAY['supplier_bill', 'payroll_run'] END
  FROM look k
  JOIN biz.project_cost c ON c.customer_id = k.customer_id AND c.last_seen_at >= k.since
  WHERE c.customer_id = CAST(:customer_id AS int)
),
calling AS (  -- what calls another record by its key
  SELECT 'lead' AS object_type, o.system_id, kpi.plain_key(o.lead_key) AS key FROM opportunity o
  UNION
  SELECT 'support_ticket', t.system_id, kpi.plain_key(t.ticket_key) FROM task t
  UNION
  SELECT b.origin_type, b.system_id, kpi.plain_key(b.origin_key) FROM booking b
),
touched AS (
  SELECT 'opportunity' AS subject_type, o.system_id, o.source_id AS subject_id
  FROM opportunity o
  UNION
  SELECT 'opportunity', x.left_system_id, x.left_id
  FROM link x
  WHERE x.relation = 'project_of_opportunity'
  UNION
  SELECT 'opportunity', x.left_system_id, x.left_id
  FROM project p
  JOIN biz.xref x ON x.customer_id = CAST(:customer_id AS int) AND x.relation = 'project_of_opportunity' AND x.right_system_id = p.system_id
    AND x.right_id = p.source_id
  UNION
  SELECT 'project', p.system_id, p.source_id
  FROM project p
  UNION
  SELECT 'project', t.system_id, t.project_ref
  FROM task t
  WHERE t.project_ref IS NOT NULL
  UNION
  SELECT 'project', a.system_id, a.project_ref
  FROM assignment a
  UNION
  SELECT w.item_type, w.system_id, w.item_id
  FROM pg_temp.work_key w
  UNION
  SELECT 'milestone', m.system_id, m.source_id
  FROM look k
  JOIN biz.milestone m ON m.customer_id = k.customer_id AND m.last_seen_at >= k.since
  WHERE m.customer_id = CAST(:customer_id AS int)
  UNION
  SELECT 'milestone', m.system_id, m.source_id
  FROM line l
  JOIN biz.milestone m ON m.customer_id = CAST(:customer_id AS int) AND m.system_id = l.system_id AND m.invoice_line_ref = l.source_id
  UNION
  SELECT 'milestone', b.system_id, b.object_ref
  FROM line l
  JOIN biz.billing_link b ON b.customer_id = CAST(:customer_id AS int) AND b.system_id = l.system_id AND b.invoice_line_ref = l.source_id
    AND b.object_type = 'milestone'
  UNION
  SELECT 'milestone', b.system_id, b.object_ref
  FROM look k
  JOIN biz.billing_link b ON b.customer_id = k.customer_id AND b.last_seen_at >= k.since AND b.object_type = 'milestone'
  WHERE b.customer_id = CAST(:customer_id AS int)
  UNION
  SELECT 'invoice', i.system_id, n.id
  FROM invoice i
  CROSS JOIN LATERAL (VALUES (i.source_id), (i.credits_ref)) n (id)
  WHERE n.id IS NOT NULL
  UNION
  SELECT 'invoice', o.system_id, o.source_id
  FROM invoice i
  JOIN biz.invoice o ON o.customer_id = CAST(:customer_id AS int) AND o.number = i.number
  UNION
  SELECT 'account', a.system_id, a.source_id
  FROM account a
  UNION
  SELECT 'account', s.system_id, s.source_id
  FROM link x
  CROSS JOIN LATERAL (VALUES (x.left_system_id, x.left_id), (x.right_system_id, x.right_id)) s (system_id, source_id)
  WHERE x.relation = 'same_account'
  UNION
  SELECT 'account', s.system_id, s.source_id
  FROM account a
  JOIN biz.xref x ON x.customer_id = CAST(:customer_id AS int) AND x.relation = 'same_account' AND x.valid_to = 'infinity'
    AND (x.left_system_id = a.system_id AND x.left_id = a.source_id OR x.right_system_id = a.system_id AND x.right_id = a.source_id)
  CROSS JOIN LATERAL (VALUES (x.left_system_id, x.left_id), (x.right_system_id, x.right_id)) s (system_id, source_id)
  UNION
  SELECT 'resource', r.system_id, r.source_id
  FROM resource r
  UNION
  SELECT 'resource', o.system_id, o.source_id
  FROM resource r
  JOIN biz.resource o ON o.customer_id = CAST(:customer_id AS int)
    AND (upper(trim(o.employee_no)) = upper(trim(r.employee_no)) OR lower(trim(o.email)) = lower(trim(r.email)))
  UNION
  SELECT 'revenue_schedule', s.system_id, s.source_id
  FROM look k
  JOIN biz.revenue_schedule s ON s.customer_id = k.customer_id AND s.last_seen_at >= k.since
  WHERE s.customer_id = CAST(:customer_id AS int)
  UNION
  SELECT 'contract', c.system_id, c.source_id
  FROM contract c
  UNION
  SELECT 'contract', o.system_id, o.source_id
  FROM contract c
  JOIN biz.contract o ON o.customer_id = CAST(:customer_id AS int) AND o.system_id = c.system_id AND o.account_ref = c.account_ref
  UNION
  SELECT 'billing_schedule', s.system_id, s.source_id
  FROM line l
  JOIN biz.billing_schedule s ON s.customer_id = CAST(:customer_id AS int) AND s.system_id = l.system_id
    AND (s.invoice_line_ref = l.source_id OR s.contract_ref = l.contract_ref)
  UNION
  SELECT 'billing_schedule', o.system_id, o.source_id
  FROM schedule s
  JOIN biz.billing_schedule o ON o.customer_id = CAST(:customer_id AS int) AND o.system_id = s.system_id
    AND (o.source_id = s.source_id OR o.contract_ref = s.contract_ref)
  UNION
  SELECT n.object_type, n.system_id, n.source_id
  FROM look k
  JOIN kpi.called n ON n.customer_id = k.customer_id AND n.last_seen_at >= k.since
  WHERE n.customer_id = CAST(:customer_id AS int)
  UNION
  SELECT n.object_type, n.system_id, n.source_id
  FROM calling c
  JOIN kpi.called n ON n.customer_id = CAST(:customer_id AS int) AND n.object_type = c.object_type AND n.key = c.key
    AND coalesce(n.known_to, c.system_id) = c.system_id
  UNION
  -- a booking that was changed: nobody knows what it was of before
  SELECT n.object_type, n.system_id, n.source_id
  FROM kpi.called n
  WHERE n.customer_id = CAST(:customer_id AS int) AND n.object_type IN (SELECT unnest(b.was_of) FROM booking b)
  UNION
  -- a deal or task that was changed may have been of a lead or ticket whose first one is gone
  SELECT e.subject_type, e.system_id, e.subject_id
  FROM biz.opportunity o
  JOIN kpi.expectation e ON e.customer_id = CAST(:customer_id AS int) AND e.satisfied_system_id = o.system_id AND e.satisfied_by = o.source_id
    AND e.subject_type = 'lead'
  WHERE o.customer_id = CAST(:customer_id AS int) AND o.deleted_at IS NOT NULL AND EXISTS (SELECT FROM opportunity c WHERE c.was_there)
  UNION
  SELECT e.subject_type, e.system_id, e.subject_id
  FROM biz.task t
  JOIN kpi.expectation e ON e.customer_id = CAST(:customer_id AS int) AND e.satisfied_system_id = t.system_id AND e.satisfied_by = t.source_id
    AND e.subject_type = 'support_ticket'
  WHERE t.customer_id = CAST(:customer_id AS int) AND t.deleted_at IS NOT NULL AND EXISTS (SELECT FROM task c WHERE c.was_there)
  UNION
  -- a date that was changed may have been another one of a contract, so that a line of it was no proof
  SELECT e.subject_type, e.system_id, e.subject_id
  FROM kpi.expectation e
  WHERE e.customer_id = CAST(:customer_id AS int) AND e.subject_type = 'billing_schedule' AND e.is_unsure
    AND EXISTS (SELECT FROM schedule c WHERE c.was_there)
  UNION
  -- a line that may have been moved to another contract
  SELECT e.subject_type, e.system_id, e.subject_id
  FROM line l
  JOIN kpi.expectation e ON e.customer_id = CAST(:customer_id AS int) AND e.satisfied_system_id = l.system_id AND e.satisfied_by = l.invoice_ref
    AND e.subject_type = 'billing_schedule'
  UNION
  -- what satisfied it has changed, and may not any more
  SELECT e.subject_type, e.system_id, e.subject_id
  FROM (
    SELECT 'task' AS object, t.system_id, t.source_id FROM task t
    UNION ALL
    SELECT 'assignment', a.system_id, a.source_id FROM assignment a
    UNION ALL
    SELECT 'account', a.system_id, a.source_id FROM account a
    UNION ALL
    SELECT 'resource', r.system_id, r.source_id FROM resource r
    UNION ALL
    SELECT 'contract', c.system_id, c.source_id FROM contract c
    UNION ALL
    SELECT 'invoice', i.system_id, i.source_id FROM invoice i
    UNION ALL
    SELECT 'opportunity', o.system_id, o.source_id FROM opportunity o
    UNION ALL
    SELECT 'project', p.system_id, p.source_id FROM project p
  ) s
  JOIN kpi.expectation e ON e.customer_id = CAST(:customer_id AS int) AND e.satisfied_system_id = s.system_id AND e.satisfied_by = s.source_id
)
INSERT INTO pg_temp.expect_key (subject_type, system_id, subject_id)
SELECT t.subject_type, t.system_id, t.subject_id
FROM touched t
WHERE t.subject_type = ANY (CAST(:wanted AS text[]))
