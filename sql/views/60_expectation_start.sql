-- Business events that something else must follow, one kind of event a branch.
-- grain:   one row per event and record
-- columns: customer_id int; event text; system_id int; subject_type, subject_id, label text; opened_at timestamptz; is_clock_known boolean
--          (false: opened_at is when we learned of it, no deadline follows); withdrawn_at timestamptz (infinity: it stands); amount numeric,
--          currency text (what the record is worth); cause_type, cause_ref text (what trouble with it is grouped by)
-- source:  [ours] product.md I2. Accounts and people tell no time at which they were made: it is when we saw them first, and those that
--          came with the first reading of a system open nothing
CREATE VIEW kpi.expectation_start WITH (security_invoker = true) AS
SELECT
  o.customer_id, 'opportunity_won' AS event, o.system_id, 'opportunity' AS subject_type, o.source_id AS subject_id,
  concat_ws(' ', coalesce(o.number, o.reference, o.source_id), o.name) AS label,
  coalesce(o.won_at, o.source_updated_at, o.first_seen_at) AS opened_at, o.won_at IS NOT NULL AS is_clock_known,
  coalesce(least(CASE WHEN NOT o.is_won THEN coalesce(o.lost_at, o.source_updated_at, o.last_seen_at) END, o.deleted_at),
           CAST('infinity' AS timestamptz)) AS withdrawn_at,
  o.amount, CAST(o.currency AS text) AS currency, 'opportunity' AS cause_type, o.source_id AS cause_ref
FROM biz.opportunity o
WHERE o.requires_delivery AND (o.is_won OR o.won_at IS NOT NULL)
UNION ALL
SELECT
  p.customer_id, 'project_created', p.system_id, 'project', p.source_id, concat_ws(' ', coalesce(p.number, p.source_id), p.name),
  coalesce(p.created_at, p.first_seen_at), p.created_at IS NOT NULL,
  coalesce(p.deleted_at, CASE WHEN NOT p.is_active THEN coalesce(p.source_updated_at, p.last_seen_at) END, CAST('infinity' AS timestamptz)),
  p.budget_amount, CAST(p.currency AS text), 'project', p.source_id
FROM biz.project p
UNION ALL
SELECT
  w.customer_id, CASE w.item_type WHEN 'expense' THEN 'expense_approved' ELSE 'time_approved' END, w.system_id, w.item_type, w.item_id,
  CASE w.item_type WHEN 'expense' THEN 'Expense of ' ELSE trim_scale(round(w.hours, 2)) || ' h of ' END || w.worked_on,
  greatest(w.approved_at, w.opens_at), true, w.leaves_at, w.amount, CAST(w.currency AS text), 'project', coalesce(w.project_ref, '')
FROM kpi.work w
WHERE w.approved_at < 'infinity'
UNION ALL
SELECT
  m.customer_id, 'milestone_completed', m.system_id, 'milestone', m.source_id, coalesce(m.name, m.source_id),
  coalesce(m.approved_at, m.completed_at), true, coalesce(m.deleted_at, CAST('infinity' AS timestamptz)), m.amount,
  CAST(m.currency AS text), 'milestone', m.source_id
FROM biz.milestone m
WHERE coalesce(m.approved_at, m.completed_at) IS NOT NULL
UNION ALL
SELECT
  i.customer_id, e.event, i.system_id, 'invoice', i.invoice_id, coalesce(i.number, i.invoice_id),
  CASE WHEN isfinite(e.at) THEN e.at ELSE b.first_seen_at END, isfinite(e.at),
  least(i.voided_at, i.deleted_at), b.net, CAST(b.currency AS text), 'invoice', i.invoice_id
FROM kpi.invoice_life i
JOIN biz.invoice b ON b.customer_id = i.customer_id AND b.system_id = i.system_id AND b.source_id = i.invoice_id
CROSS JOIN LATERAL (VALUES ('invoice_drafted', i.drafted_at), ('invoice_posted', i.posted_at)) e (event, at)
WHERE NOT i.is_credit AND NOT i.is_unknown AND e.at < 'infinity'
UNION ALL
SELECT
  a.customer_id, 'account_created', a.system_id, 'account', a.source_id, concat_ws(' ', a.code, a.name), a.first_seen_at, true,
  coalesce(a.deleted_at,
           CASE WHEN NOT a.is_active OR a.merged_into_ref IS NOT NULL THEN coalesce(a.source_updated_at, a.last_seen_at) END,
           CAST('infinity' AS timestamptz)),
  NULL, NULL, 'account', a.source_id
FROM biz.account a
JOIN (SELECT f.customer_id, f.system_id, min(f.first_seen_at) AS at FROM biz.account f GROUP BY f.customer_id, f.system_id) f
  ON f.customer_id = a.customer_id AND f.system_id = a.system_id AND f.at < a.first_seen_at
UNION ALL
SELECT
  r.customer_id, 'resource_created', r.system_id, 'resource', r.source_id, concat_ws(' ', r.employee_no, r.name), r.first_seen_at, true,
  coalesce(r.deleted_at, CASE WHEN NOT r.is_active THEN coalesce(r.source_updated_at, r.last_seen_at) END, CAST('infinity' AS timestamptz)),
  NULL, NULL, 'resource', r.source_id
FROM biz.resource r
JOIN (SELECT f.customer_id, f.system_id, min(f.first_seen_at) AS at FROM biz.resource f GROUP BY f.customer_id, f.system_id) f
  ON f.customer_id = r.customer_id AND f.system_id = r.system_id AND f.at < r.first_seen_at
UNION ALL
SELECT
  s.customer_id, 'revenue_period_ended', s.system_id, 'revenue_schedule', s.source_id, 'Revenue of ' || s.period_from || ' to ' || s.period_to,
  CAST(s.period_to + 1 AS timestamp) AT TIME ZONE c.time_zone, true, coalesce(s.deleted_at, CAST('infinity' AS timestamptz)), s.planned,
  CAST(s.currency AS text), 'project', coalesce(s.project_ref, '')
FROM biz.revenue_schedule s
JOIN ops.customer c ON c.customer_id = s.customer_id
UNION ALL
SELECT
  k.customer_id, 'contract_ending', k.system_id, 'contract', k.source_id, coalesce(k.number, k.source_id),
  CAST(k.ends_on - 90 AS timestamp) AT TIME ZONE c.time_zone, true, coalesce(k.deleted_at, CAST('infinity' AS timestamptz)), k.value,
  CAST(k.currency AS text), 'contract', k.source_id
FROM biz.contract k
JOIN ops.customer c ON c.customer_id = k.customer_id
WHERE k.ends_on IS NOT NULL
UNION ALL
SELECT
  l.customer_id, 'lead_qualified', l.system_id, 'lead', l.source_id, concat_ws(' ', coalesce(l.number, l.source_id), l.name),
  coalesce(l.qualified_at, l.source_updated_at, l.first_seen_at), l.qualified_at IS NOT NULL,
  coalesce(least(CASE WHEN l.state = 'disqualified' THEN coalesce(l.disqualified_at, l.source_updated_at, l.last_seen_at) END, l.deleted_at),
           CAST('infinity' AS timestamptz)),
  l.amount, CAST(l.currency AS text), 'lead', l.source_id
FROM biz.lead l
WHERE l.qualified_at IS NOT NULL OR l.state IN ('qualified', 'converted')
UNION ALL
SELECT
  q.customer_id, 'quote_accepted', q.system_id, 'quote', q.source_id, concat_ws(' ', coalesce(q.number, q.source_id), q.name),
  coalesce(q.accepted_at, q.source_updated_at, q.first_seen_at), q.accepted_at IS NOT NULL,
  coalesce(least(CASE WHEN q.state NOT IN ('accepted', 'expired', 'unknown') THEN coalesce(q.source_updated_at, q.last_seen_at) END, q.deleted_at),
           CAST('infinity' AS timestamptz)),
  q.amount, CAST(q.currency AS text), 'quote', q.source_id
FROM biz.quote q
WHERE q.accepted_at IS NOT NULL OR q.state = 'accepted'
UNION ALL
SELECT
  o.customer_id, 'change_order_accepted', o.system_id, 'change_order', o.source_id, concat_ws(' ', coalesce(o.number, o.source_id), o.name),
  coalesce(o.accepted_at, o.source_updated_at, o.first_seen_at), o.accepted_at IS NOT NULL,
  coalesce(least(CASE WHEN o.state NOT IN ('accepted', 'expired', 'unknown') THEN coalesce(o.source_updated_at, o.last_seen_at) END, o.deleted_at),
           CAST('infinity' AS timestamptz)),
  o.amount, CAST(o.currency AS text), 'change_order', o.source_id
FROM biz.change_order o
WHERE o.accepted_at IS NOT NULL OR o.state = 'accepted'
UNION ALL
SELECT
  b.customer_id, 'billing_due', b.system_id, 'billing_schedule', b.source_id,
  CASE b.kind WHEN 'fixed' THEN 'Billing' WHEN 'retainer' THEN 'Retainer' ELSE 'Usage' END || ' due on ' || b.due_on,
  CAST(b.due_on AS timestamp) AT TIME ZONE c.time_zone, true, coalesce(b.deleted_at, CAST('infinity' AS timestamptz)), b.amount,
  CAST(b.currency AS text), 'billing_schedule', b.source_id
FROM biz.billing_schedule b
JOIN ops.customer c ON c.customer_id = b.customer_id
UNION ALL
SELECT
  b.customer_id, 'purchase_billed', b.system_id, 'supplier_bill', b.source_id, 'Supplier''s bill ' || coalesce(b.number, b.source_id),
  coalesce(b.posted_at, b.source_updated_at, b.first_seen_at), b.posted_at IS NOT NULL,
  coalesce(least(CASE WHEN b.state = 'void' THEN coalesce(b.source_updated_at, b.last_seen_at) END, b.deleted_at), CAST('infinity' AS timestamptz)),
  b.amount, CAST(b.currency AS text), 'supplier_bill', b.source_id
FROM biz.supplier_bill b
WHERE b.project_ref IS NOT NULL AND (b.posted_at IS NOT NULL OR b.state IN ('posted', 'paid'))
UNION ALL
SELECT
  t.customer_id, 'ticket_opened', t.system_id, 'support_ticket', t.source_id, concat_ws(' ', coalesce(t.number, t.source_id), t.name),
  coalesce(t.created_at, t.first_seen_at), t.created_at IS NOT NULL,
  coalesce(least(CASE WHEN t.state = 'cancelled' THEN coalesce(t.source_updated_at, t.last_seen_at) END, t.deleted_at), CAST('infinity' AS timestamptz)),
  NULL, NULL, 'support_ticket', t.source_id
FROM biz.support_ticket t
WHERE t.is_billable
UNION ALL
SELECT
  p.customer_id, 'payroll_posted', p.system_id, 'payroll_run', p.source_id, 'Payroll ' || coalesce(p.number, p.source_id),
  coalesce(p.posted_at, p.source_updated_at, p.first_seen_at), p.posted_at IS NOT NULL,
  coalesce(least(CASE WHEN p.state = 'void' THEN coalesce(p.source_updated_at, p.last_seen_at) END, p.deleted_at), CAST('infinity' AS timestamptz)),
  p.amount, CAST(p.currency AS text), 'payroll_run', p.source_id
FROM biz.payroll_run p
WHERE p.posted_at IS NOT NULL OR p.state = 'posted';
