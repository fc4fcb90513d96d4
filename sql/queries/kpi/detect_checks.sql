-- Records that break a rule of the house and can still be mended.
-- grain:   one row of pg_temp.candidate per rule and record; the cause is the project of work and of lines, else the record
-- params:  customer_ids int[]; since, now timestamptz
-- columns: one rule per rule of the house; began when the record did what breaks it, cleared when detection is told of it no longer
-- source:  metrics.md C11; what a customer has switched off is taken out by kpi/detect_rules_apply
WITH
look AS (
  SELECT c.customer_id, n.at, n.at AS until_at, c.time_zone
  FROM ops.customer c
  CROSS JOIN (SELECT CAST(:now AS timestamptz) + interval '1 microsecond' AS at) n
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
),
-- include: rule_check
,
broken AS (
  SELECT c.*, replace(c.rule, ' ', '_') AS key, replace(c.object_type, ' ', '_') AS subject_type
  FROM rule_check c
  WHERE c.is_broken
)
INSERT INTO pg_temp.candidate (
  customer_id, rule, class, fingerprint, system_id, object_type, object_key, title, detail, severity, subject_type, subject_system_id,
  subject_id, occurred_at, amount, currency, message)
SELECT
  b.customer_id, b.key, 'business', b.key || ':' || b.system_id || ':' || k.cause, b.system_id, k.object_type, k.label,
  k.label || ': ' || b.rule, NULL, 3, b.subject_type, b.system_id, b.object_id, s.occurred_at, coalesce(b.amount, w.amount),
  CASE WHEN b.amount IS NOT NULL THEN b.currency WHEN w.amount IS NOT NULL THEN CAST(w.currency AS text) END,
  CASE w.value_basis WHEN 'estimated' THEN 'estimated at the task''s rate' END
FROM broken b
LEFT JOIN kpi.work w ON w.customer_id = b.customer_id AND w.system_id = b.system_id AND w.item_type = b.subject_type AND w.item_id = b.object_id
LEFT JOIN biz.project p ON p.customer_id = b.customer_id AND p.system_id = b.system_id AND p.source_id = b.project_ref
LEFT JOIN biz.account a ON a.customer_id = b.customer_id AND a.system_id = b.system_id AND a.source_id = b.account_ref
CROSS JOIN LATERAL (
  SELECT
    CASE WHEN b.subject_type IN ('time_entry', 'expense', 'invoice_line') THEN 'project' ELSE b.subject_type END AS object_type,
    CASE WHEN b.subject_type IN ('time_entry', 'expense', 'invoice_line') THEN coalesce(b.project_ref, '') ELSE b.object_id END AS cause,
    CASE
      WHEN b.subject_type IN ('time_entry', 'expense', 'invoice_line', 'project') THEN coalesce(p.name, p.number, b.project_ref, 'No project')
      WHEN b.subject_type = 'account' THEN coalesce(a.name, b.object_id)
      ELSE initcap(left(b.object_type, 1)) || substr(b.object_type, 2) || ' ' || b.object_id || coalesce(' (' || a.name || ')', '')
    END AS label
) k
LEFT JOIN LATERAL (
  SELECT min(o.occurred_at) AS occurred_at
  FROM ops.exception_occurrence o
  JOIN ops.exception e ON e.customer_id = o.customer_id AND e.exception_id = coalesce(o.found_as, o.exception_id) AND e.rule = b.key
  WHERE o.customer_id = b.customer_id AND o.subject_type = b.subject_type AND o.system_id = b.system_id AND o.subject_id = b.object_id
    AND o.cleared_at IS NULL
) known ON true
-- twins and budgets have no moment of their own: once known, they began then
CROSS JOIN LATERAL (SELECT coalesce(known.occurred_at, b.at) AS occurred_at) s
-- what nobody can mend any more is history, which the figure tells
WHERE NOT (b.object_type = 'project' AND p.is_active IS FALSE)
  AND NOT (b.rule = 'project over budget' AND b.at < CAST(:now AS timestamptz) - interval '31 days')
  AND NOT (b.rule = 'books closed late' AND EXISTS (
    SELECT FROM biz.period_close x
    WHERE x.customer_id = b.customer_id AND x.system_id = b.system_id AND x.source_id = b.object_id AND x.closed_at <= CAST(:now AS timestamptz)))
  AND NOT (b.rule = 'billed before it was approved' AND w.approved_at <= CAST(:now AS timestamptz))
  AND NOT (b.rule = 'invoice without tax' AND EXISTS (
    SELECT FROM biz.invoice i
    WHERE i.customer_id = b.customer_id AND i.system_id = b.system_id AND i.source_id = b.object_id AND i.voided_at <= CAST(:now AS timestamptz)))
