-- Records of every kind in one shape: what two systems can be compared by.
-- grain:   one row per record, deleted ones included
-- columns: object_type; names text[] (the keys by which other systems may call it, written the plain way); made_for text (the key that it
--          holds of what it was made for); made_of text (the kind that this key is of; null: of any); points_to text (the record that it
--          says it became); heir_id text (itself, or the record that it was merged into); fields jsonb under names that all kinds share;
--          amount, currency; at timestamptz (when it came about in business: won, issued, completed, made); created_at (null: not told);
--          version_at (what the source calls changed); gone_at (infinity: it is there); is_part boolean (below another); is_owed boolean
--          (something has to become of it); label text
-- source:  sources.md B6
CREATE VIEW kpi.record WITH (security_invoker = true) AS
SELECT
  o.customer_id, o.system_id, 'opportunity' AS object_type, o.source_id,
  array_remove(ARRAY[kpi.plain_key(o.source_id), kpi.plain_key(o.number), kpi.plain_key(o.reference)], NULL) AS names,
  kpi.plain_key(o.lead_key) AS made_for, 'lead' AS made_of, CAST(NULL AS text) AS points_to, o.source_id AS heir_id,
  jsonb_build_object('amount', o.amount, 'currency', trim(o.currency), 'name', o.name, 'status', coalesce(o.reference, '')) AS fields,
  o.amount, CAST(o.currency AS text) AS currency, coalesce(o.won_at, o.created_at, o.first_seen_at) AS at,
  o.created_at, o.source_updated_at AS version_at, o.first_seen_at, o.last_seen_at,
  coalesce(o.deleted_at, CAST('infinity' AS timestamptz)) AS gone_at, false AS is_part, o.is_won AND o.requires_delivery AS is_owed,
  concat_ws(' ', o.number, o.name) AS label
FROM biz.opportunity o
UNION ALL
SELECT
  p.customer_id, p.system_id, 'project', p.source_id, array_remove(ARRAY[kpi.plain_key(p.source_id), kpi.plain_key(p.number)], NULL),
  kpi.plain_key(p.opportunity_key), NULL, NULL, p.source_id,
  jsonb_build_object('amount', p.budget_amount, 'currency', trim(p.currency), 'name', p.name, 'starts_on', p.starts_on, 'ends_on', p.ends_on),
  p.budget_amount, CAST(p.currency AS text), coalesce(p.created_at, p.first_seen_at), p.created_at,
  p.source_updated_at, p.first_seen_at, p.last_seen_at, coalesce(p.deleted_at, CAST('infinity' AS timestamptz)), p.parent_ref IS NOT NULL, true,
  concat_ws(' ', p.number, p.name)
FROM biz.project p
UNION ALL
SELECT
  a.customer_id, a.system_id, 'account', a.source_id, array_remove(ARRAY[kpi.plain_key(a.source_id), kpi.plain_key(a.code)], NULL),
  NULL, NULL, NULL, coalesce(a.merged_into_ref, a.source_id),
  jsonb_build_object('name', a.name, 'tax_id', upper(regexp_replace(a.tax_id, '[^0-9A-Za-z]', '', 'g'))),
  NULL, NULL, a.first_seen_at, NULL, a.source_updated_at, a.first_seen_at, a.last_seen_at,
  coalesce(a.deleted_at, CAST('infinity' AS timestamptz)), a.merged_into_ref IS NOT NULL,
  -- in a system that sells, an account is owed to others once it has bought
  NOT EXISTS (SELECT FROM biz.opportunity o WHERE o.customer_id = a.customer_id AND o.system_id = a.system_id)
    OR EXISTS (SELECT FROM biz.opportunity o
               WHERE o.customer_id = a.customer_id AND o.system_id = a.system_id AND o.account_ref = a.source_id AND o.is_won AND o.requires_delivery),
  concat_ws(' ', a.code, a.name)
FROM biz.account a
UNION ALL
SELECT
  c.customer_id, c.system_id, 'contract', c.source_id, array_remove(ARRAY[kpi.plain_key(c.source_id), kpi.plain_key(c.number)], NULL),
  kpi.plain_key(c.opportunity_ref), NULL, NULL, c.source_id,
  jsonb_build_object('amount', c.value, 'currency', trim(c.currency), 'starts_on', c.starts_on, 'ends_on', c.ends_on),
  c.value, CAST(c.currency AS text), c.first_seen_at, NULL, c.source_updated_at, c.first_seen_at, c.last_seen_at,
  coalesce(c.deleted_at, CAST('infinity' AS timestamptz)), false, true, c.number
FROM biz.contract c
UNION ALL
SELECT
  r.customer_id, r.system_id, 'resource', r.source_id,
  array_remove(ARRAY[kpi.plain_key(r.source_id), kpi.plain_key(r.employee_no), kpi.plain_key(r.email)], NULL),
  NULL, NULL, NULL, r.source_id, jsonb_build_object('name', r.name, 'email', lower(trim(r.email)), 'starts_on', r.starts_on, 'ends_on', r.ends_on),
  NULL, NULL, r.first_seen_at, NULL, r.source_updated_at, r.first_seen_at, r.last_seen_at,
  coalesce(r.deleted_at, CAST('infinity' AS timestamptz)), false, true, concat_ws(' ', r.employee_no, r.name)
FROM biz.resource r
UNION ALL
SELECT
  t.customer_id, t.system_id, 'time_entry', t.source_id, ARRAY[kpi.plain_key(t.source_id)], NULL, NULL, t.invoice_line_ref, t.source_id,
  jsonb_build_object('minutes', t.minutes, 'worked_on', t.worked_on, 'amount', round(t.minutes * t.rate / 60, 4), 'currency', trim(t.currency)),
  round(t.minutes * t.rate / 60, 4), CAST(t.currency AS text), coalesce(t.approved_at, t.entered_at, t.first_seen_at),
  t.entered_at, t.source_updated_at, t.first_seen_at, t.last_seen_at, coalesce(t.deleted_at, CAST('infinity' AS timestamptz)), false,
  t.approval_state = 'approved', CAST(t.worked_on AS text)
FROM biz.time_entry t
UNION ALL
SELECT
  x.customer_id, x.system_id, 'expense', x.source_id, ARRAY[kpi.plain_key(x.source_id)], NULL, NULL, x.invoice_line_ref, x.source_id,
  jsonb_build_object('amount', x.amount, 'currency', trim(x.currency), 'incurred_on', x.incurred_on),
  x.amount, CAST(x.currency AS text), coalesce(x.approved_at, x.entered_at, x.first_seen_at), x.entered_at,
  x.source_updated_at, x.first_seen_at, x.last_seen_at, coalesce(x.deleted_at, CAST('infinity' AS timestamptz)), false, x.approval_state = 'approved',
  CAST(x.incurred_on AS text)
FROM biz.expense x
UNION ALL
SELECT
  m.customer_id, m.system_id, 'milestone', m.source_id, ARRAY[kpi.plain_key(m.source_id)], NULL, NULL, m.invoice_line_ref, m.source_id,
  jsonb_build_object('amount', m.amount, 'currency', trim(m.currency)), m.amount, CAST(m.currency AS text),
  coalesce(m.completed_at, m.first_seen_at), NULL, m.source_updated_at, m.first_seen_at, m.last_seen_at,
  coalesce(m.deleted_at, CAST('infinity' AS timestamptz)), false, m.completed_at IS NOT NULL, m.name
FROM biz.milestone m
UNION ALL
SELECT
  i.customer_id, i.system_id, 'invoice', i.source_id, array_remove(ARRAY[kpi.plain_key(i.source_id), kpi.plain_key(i.number)], NULL),
  NULL, NULL, NULL, i.source_id,
  jsonb_build_object('amount', i.net, 'tax', i.tax, 'gross', i.gross, 'currency', trim(i.currency), 'issued_on', i.issued_on,
    'standing', CASE i.state
      WHEN 'posted' THEN 'issued' WHEN 'sent' THEN 'issued' WHEN 'part_paid' THEN 'part paid' WHEN 'paid' THEN 'paid' WHEN 'void' THEN 'taken back'
      WHEN 'credited' THEN 'taken back' WHEN 'draft' THEN 'not issued' WHEN 'approved' THEN 'not issued' END,
    'status', CASE WHEN i.number IS NOT NULL THEN concat_ws(' ', i.number, coalesce(i.source_state, i.state)) END),
  i.net, CAST(i.currency AS text), coalesce(i.posted_at, i.created_at, i.first_seen_at), i.created_at,
  i.source_updated_at, i.first_seen_at, i.last_seen_at, coalesce(i.deleted_at, CAST('infinity' AS timestamptz)), false,
  i.state NOT IN ('draft', 'unknown'), i.number
FROM biz.invoice i
UNION ALL
SELECT
  l.customer_id, l.system_id, 'invoice_line', l.source_id, ARRAY[kpi.plain_key(l.source_id)], NULL, NULL, NULL, l.source_id,
  jsonb_build_object('amount', l.net, 'currency', trim(l.currency)), l.net, CAST(l.currency AS text), l.first_seen_at, NULL,
  l.source_updated_at, l.first_seen_at, l.last_seen_at, coalesce(l.deleted_at, CAST('infinity' AS timestamptz)), false, true, NULL
FROM biz.invoice_line l
UNION ALL
SELECT
  k.customer_id, k.system_id, 'task', k.source_id, ARRAY[kpi.plain_key(k.source_id)], kpi.plain_key(k.ticket_key), 'support_ticket', NULL, k.source_id,
  jsonb_build_object('name', k.name), NULL, NULL, coalesce(k.created_at, k.first_seen_at), k.created_at, k.source_updated_at, k.first_seen_at,
  k.last_seen_at, coalesce(k.deleted_at, CAST('infinity' AS timestamptz)), false, true, k.name
FROM biz.task k
UNION ALL
SELECT
  e.customer_id, e.system_id, 'lead', e.source_id, array_remove(ARRAY[kpi.plain_key(e.source_id), kpi.plain_key(e.number)], NULL),
  NULL, NULL, NULL, e.source_id, jsonb_build_object('amount', e.amount, 'currency', trim(e.currency), 'name', e.name),
  e.amount, CAST(e.currency AS text), coalesce(e.qualified_at, e.created_at, e.first_seen_at), e.created_at, e.source_updated_at,
  e.first_seen_at, e.last_seen_at, coalesce(e.deleted_at, CAST('infinity' AS timestamptz)), false, e.state IN ('qualified', 'converted'),
  concat_ws(' ', e.number, e.name)
FROM biz.lead e
UNION ALL
SELECT
  q.customer_id, q.system_id, 'quote', q.source_id, array_remove(ARRAY[kpi.plain_key(q.source_id), kpi.plain_key(q.number)], NULL),
  NULL, NULL, NULL, q.source_id, jsonb_build_object('amount', q.amount, 'currency', trim(q.currency), 'name', q.name),
  q.amount, CAST(q.currency AS text), coalesce(q.accepted_at, q.created_at, q.first_seen_at), q.created_at, q.source_updated_at,
  q.first_seen_at, q.last_seen_at, coalesce(q.deleted_at, CAST('infinity' AS timestamptz)), false, q.state = 'accepted',
  concat_ws(' ', q.number, q.name)
FROM biz.quote q
UNION ALL
SELECT
  h.customer_id, h.system_id, 'change_order', h.source_id, array_remove(ARRAY[kpi.plain_key(h.source_id), kpi.plain_key(h.number)], NULL),
  NULL, NULL, NULL, h.source_id, jsonb_build_object('amount', h.amount, 'currency', trim(h.currency), 'name', h.name),
  h.amount, CAST(h.currency AS text), coalesce(h.accepted_at, h.created_at, h.first_seen_at), h.created_at, h.source_updated_at,
  h.first_seen_at, h.last_seen_at, coalesce(h.deleted_at, CAST('infinity' AS timestamptz)), false, h.state = 'accepted',
  concat_ws(' ', h.number, h.name)
FROM biz.change_order h
UNION ALL
SELECT
  b.customer_id, b.system_id, 'budget', b.source_id, ARRAY[kpi.plain_key(b.source_id)], kpi.plain_key(b.origin_key), b.origin_type, NULL,
  b.source_id, jsonb_build_object('amount', b.amount, 'currency', trim(b.currency)), b.amount, CAST(b.currency AS text),
  coalesce(b.created_at, b.first_seen_at), b.created_at, b.source_updated_at, b.first_seen_at, b.last_seen_at,
  coalesce(b.deleted_at, CAST('infinity' AS timestamptz)), false, true, concat_ws(' ', replace(b.origin_type, '_', ' '), b.origin_key)
FROM biz.budget b
UNION ALL
SELECT
  d.customer_id, d.system_id, 'billing_schedule', d.source_id, ARRAY[kpi.plain_key(d.source_id)], NULL, NULL, d.invoice_line_ref, d.source_id,
  jsonb_build_object('amount', d.amount, 'currency', trim(d.currency), 'due_on', d.due_on), d.amount, CAST(d.currency AS text), d.first_seen_at,
  NULL, d.source_updated_at, d.first_seen_at, d.last_seen_at, coalesce(d.deleted_at, CAST('infinity' AS timestamptz)), false, true,
  CAST(d.due_on AS text)
FROM biz.billing_schedule d
UNION ALL
SELECT
  s.customer_id, s.system_id, 'supplier_bill', s.source_id, array_remove(ARRAY[kpi.plain_key(s.source_id), kpi.plain_key(s.number)], NULL),
  NULL, NULL, NULL, s.source_id, jsonb_build_object('amount', s.amount, 'currency', trim(s.currency), 'issued_on', s.issued_on),
  s.amount, CAST(s.currency AS text), coalesce(s.posted_at, s.first_seen_at), NULL, s.source_updated_at, s.first_seen_at, s.last_seen_at,
  coalesce(s.deleted_at, CAST('infinity' AS timestamptz)), false, s.state IN ('posted', 'paid'), s.number
FROM biz.supplier_bill s
UNION ALL
SELECT
  y.customer_id, y.system_id, 'payroll_run', y.source_id, array_remove(ARRAY[kpi.plain_key(y.source_id), kpi.plain_key(y.number)], NULL),
  NULL, NULL, NULL, y.source_id,
  jsonb_build_object('amount', y.amount, 'currency', trim(y.currency), 'period_from', y.period_from, 'period_to', y.period_to),
  y.amount, CAST(y.currency AS text), coalesce(y.posted_at, y.first_seen_at), NULL, y.source_updated_at, y.first_seen_at, y.last_seen_at,
  coalesce(y.deleted_at, CAST('infinity' AS timestamptz)), false, y.state = 'posted', y.number
FROM biz.payroll_run y
UNION ALL
SELECT
  z.customer_id, z.system_id, 'project_cost', z.source_id, ARRAY[kpi.plain_key(z.source_id)], kpi.plain_key(z.origin_key), z.origin_type, NULL,
  z.source_id, jsonb_build_object('amount', z.amount, 'currency', trim(z.currency)), z.amount, CAST(z.currency AS text),
  coalesce(z.posted_at, z.first_seen_at), NULL, z.source_updated_at, z.first_seen_at, z.last_seen_at,
  coalesce(z.deleted_at, CAST('infinity' AS timestamptz)), false, true, concat_ws(' ', replace(z.origin_type, '_', ' '), z.origin_key)
FROM biz.project_cost z
UNION ALL
SELECT
  v.customer_id, v.system_id, 'support_ticket', v.source_id, array_remove(ARRAY[kpi.plain_key(v.source_id), kpi.plain_key(v.number)], NULL),
  NULL, NULL, NULL, v.source_id, jsonb_build_object('name', v.name), NULL, NULL, coalesce(v.created_at, v.first_seen_at), v.created_at,
  v.source_updated_at, v.first_seen_at, v.last_seen_at, coalesce(v.deleted_at, CAST('infinity' AS timestamptz)), false,
  v.is_billable AND v.state NOT IN ('cancelled', 'unknown'), concat_ws(' ', v.number, v.name)
FROM biz.support_ticket v;
