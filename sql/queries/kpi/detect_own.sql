-- Records for which a rule of the customer's own holds, of those that are looked at in this pass (pg_temp.looked).
-- grain:   one row of pg_temp.candidate per record; the cause is what `cause` names of it, else the record
-- params:  customer_id, severity int; rule, object, condition (SQL/JSON path), title, began, amount, cause text; ages text[]; projects,
--          accounts boolean (whether the condition asks for them); since, now, valid_from, valid_to timestamptz (valid_to null: it holds)
-- columns: the rule's name; began as `began` says, else when it was found first; what no longer holds is cleared by kpi/detect_gone
-- source:  docs/adr/0018-rules.md. A path sees the record and nothing else: no table, no function with an effect
WITH
look AS (
  SELECT l.customer_id, l.subject_system_id, l.subject_id
  FROM pg_temp.looked l
  WHERE l.customer_id = CAST(:customer_id AS int) AND l.rule = CAST(:rule AS text) AND l.subject_type = CAST(:object AS text)
),
record AS (
  SELECT x.customer_id, x.system_id, x.source_id, x.first_seen_at, to_jsonb(x) AS said
  FROM look k
  JOIN biz.account x ON x.customer_id = k.customer_id AND x.system_id = k.subject_system_id AND x.source_id = k.subject_id
  WHERE CAST(:object AS text) = 'account' AND x.customer_id = CAST(:customer_id AS int) AND x.deleted_at IS NULL
  UNION ALL
  SELECT x.customer_id, x.system_id, x.source_id, x.first_seen_at, to_jsonb(x) AS said
  FROM look k
  JOIN biz.contract x ON x.customer_id = k.customer_id AND x.system_id = k.subject_system_id AND x.source_id = k.subject_id
  WHERE CAST(:object AS text) = 'contract' AND x.customer_id = CAST(:customer_id AS int) AND x.deleted_at IS NULL
  UNION ALL
  SELECT x.customer_id, x.system_id, x.source_id, x.first_seen_at, to_jsonb(x) AS said
  FROM look k
  JOIN biz.opportunity x ON x.customer_id = k.customer_id AND x.system_id = k.subject_system_id AND x.source_id = k.subject_id
  WHERE CAST(:object AS text) = 'opportunity' AND x.customer_id = CAST(:customer_id AS int) AND x.deleted_at IS NULL
  UNION ALL
  SELECT x.customer_id, x.system_id, x.source_id, x.first_seen_at, to_jsonb(x) AS said
  FROM look k
  JOIN biz.project x ON x.customer_id = k.customer_id AND x.system_id = k.subject_system_id AND x.source_id = k.subject_id
  WHERE CAST(:object AS text) = 'project' AND x.customer_id = CAST(:customer_id AS int) AND x.deleted_at IS NULL
  UNION ALL
  SELECT x.customer_id, x.system_id, x.source_id, x.first_seen_at, to_jsonb(x) AS said
  FROM look k
  JOIN biz.task x ON x.customer_id = k.customer_id AND x.system_id = k.subject_system_id AND x.source_id = k.subject_id
  WHERE CAST(:object AS text) = 'task' AND x.customer_id = CAST(:customer_id AS int) AND x.deleted_at IS NULL
  UNION ALL
  SELECT x.customer_id, x.system_id, x.source_id, x.first_seen_at, to_jsonb(x) AS said
  FROM look k
  JOIN biz.time_entry x ON x.customer_id = k.customer_id AND x.system_id = k.subject_system_id AND x.source_id = k.subject_id
  WHERE CAST(:object AS text) = 'time_entry' AND x.customer_id = CAST(:customer_id AS int) AND x.deleted_at IS NULL
  UNION ALL
  SELECT x.customer_id, x.system_id, x.source_id, x.first_seen_at, to_jsonb(x) AS said
  FROM look k
  JOIN biz.expense x ON x.customer_id = k.customer_id AND x.system_id = k.subject_system_id AND x.source_id = k.subject_id
  WHERE CAST(:object AS text) = 'expense' AND x.customer_id = CAST(:customer_id AS int) AND x.deleted_at IS NULL
  UNION ALL
  SELECT x.customer_id, x.system_id, x.source_id, x.first_seen_at, to_jsonb(x) AS said
  FROM look k
  JOIN biz.milestone x ON x.customer_id = k.customer_id AND x.system_id = k.subject_system_id AND x.source_id = k.subject_id
  WHERE CAST(:object AS text) = 'milestone' AND x.customer_id = CAST(:customer_id AS int) AND x.deleted_at IS NULL
  UNION ALL
  SELECT x.customer_id, x.system_id, x.source_id, x.first_seen_at, to_jsonb(x) AS said
  FROM look k
  JOIN biz.invoice x ON x.customer_id = k.customer_id AND x.system_id = k.subject_system_id AND x.source_id = k.subject_id
  WHERE CAST(:object AS text) = 'invoice' AND x.customer_id = CAST(:customer_id AS int) AND x.deleted_at IS NULL
  UNION ALL
  SELECT x.customer_id, x.system_id, x.source_id, x.first_seen_at, to_jsonb(x) AS said
  FROM look k
  JOIN biz.invoice_line x ON x.customer_id = k.customer_id AND x.system_id = k.subject_system_id AND x.source_id = k.subject_id
  WHERE CAST(:object AS text) = 'invoice_line' AND x.customer_id = CAST(:customer_id AS int) AND x.deleted_at IS NULL
  UNION ALL
  SELECT x.customer_id, x.system_id, x.source_id, x.first_seen_at, to_jsonb(x) AS said
  FROM look k
  JOIN biz.payment x ON x.customer_id = k.customer_id AND x.system_id = k.subject_system_id AND x.source_id = k.subject_id
  WHERE CAST(:object AS text) = 'payment' AND x.customer_id = CAST(:customer_id AS int) AND x.deleted_at IS NULL
  UNION ALL
  SELECT x.customer_id, x.system_id, x.source_id, x.first_seen_at, to_jsonb(x) AS said
  FROM look k
  JOIN biz.purchase_order x ON x.customer_id = k.customer_id AND x.system_id = k.subject_system_id AND x.source_id = k.subject_id
  WHERE CAST(:object AS text) = 'purchase_order' AND x.customer_id = CAST(:customer_id AS int) AND x.deleted_at IS NULL
  UNION ALL
  SELECT x.customer_id, x.system_id, x.source_id, x.first_seen_at, to_jsonb(x) AS said
  FROM look k
  JOIN biz.assignment x ON x.customer_id = k.customer_id AND x.system_id = k.subject_system_id AND x.source_id = k.subject_id
  WHERE CAST(:object AS text) = 'assignment' AND x.customer_id = CAST(:customer_id AS int) AND x.deleted_at IS NULL
  UNION ALL
  SELECT x.customer_id, x.system_id, x.source_id, x.first_seen_at, to_jsonb(x) AS said
  FROM look k
  JOIN biz.billing_hold x ON x.customer_id = k.customer_id AND x.system_id = k.subject_system_id AND x.source_id = k.subject_id
  WHERE CAST(:object AS text) = 'billing_hold' AND x.customer_id = CAST(:customer_id AS int) AND x.deleted_at IS NULL
  UNION ALL
  SELECT x.customer_id, x.system_id, x.source_id, x.first_seen_at, to_jsonb(x) AS said
  FROM look k
  JOIN biz.lead x ON x.customer_id = k.customer_id AND x.system_id = k.subject_system_id AND x.source_id = k.subject_id
  WHERE CAST(:object AS text) = 'lead' AND x.customer_id = CAST(:customer_id AS int) AND x.deleted_at IS NULL
  UNION ALL
  SELECT x.customer_id, x.system_id, x.source_id, x.first_seen_at, to_jsonb(x) AS said
  FROM look k
  JOIN biz.quote x ON x.customer_id = k.customer_id AND x.system_id = k.subject_system_id AND x.source_id = k.subject_id
  WHERE CAST(:object AS text) = 'quote' AND x.customer_id = CAST(:customer_id AS int) AND x.deleted_at IS NULL
  UNION ALL
  SELECT x.customer_id, x.system_id, x.source_id, x.first_seen_at, to_jsonb(x) AS said
  FROM look k
  JOIN biz.change_order x ON x.customer_id = k.customer_id AND x.system_id = k.subject_system_id AND x.source_id = k.subject_id
  WHERE CAST(:object AS text) = 'change_order' AND x.customer_id = CAST(:customer_id AS int) AND x.deleted_at IS NULL
  UNION ALL
  SELECT x.customer_id, x.system_id, x.source_id, x.first_seen_at, to_jsonb(x) AS said
  FROM look k
  JOIN biz.budget x ON x.customer_id = k.customer_id AND x.system_id = k.subject_system_id AND x.source_id = k.subject_id
  WHERE CAST(:object AS text) = 'budget' AND x.customer_id = CAST(:customer_id AS int) AND x.deleted_at IS NULL
  UNION ALL
  SELECT x.customer_id, x.system_id, x.source_id, x.first_seen_at, to_jsonb(x) AS said
  FROM look k
  JOIN biz.billing_schedule x ON x.customer_id = k.customer_id AND x.system_id = k.subject_system_id AND x.source_id = k.subject_id
  WHERE CAST(:object AS text) = 'billing_schedule' AND x.customer_id = CAST(:customer_id AS int) AND x.deleted_at IS NULL
  UNION ALL
  SELECT x.customer_id, x.system_id, x.source_id, x.first_seen_at, to_jsonb(x) AS said
  FROM look k
  JOIN biz.supplier_bill x ON x.customer_id = k.customer_id AND x.system_id = k.subject_system_id AND x.source_id = k.subject_id
  WHERE CAST(:object AS text) = 'supplier_bill' AND x.customer_id = CAST(:customer_id AS int) AND x.deleted_at IS NULL
  UNION ALL
  SELECT x.customer_id, x.system_id, x.source_id, x.first_seen_at, to_jsonb(x) AS said
  FROM look k
  JOIN biz.payroll_run x ON x.customer_id = k.customer_id AND x.system_id = k.subject_system_id AND x.source_id = k.subject_id
  WHERE CAST(:object AS text) = 'payroll_run' AND x.customer_id = CAST(:customer_id AS int) AND x.deleted_at IS NULL
  UNION ALL
  SELECT x.customer_id, x.system_id, x.source_id, x.first_seen_at, to_jsonb(x) AS said
  FROM look k
  JOIN biz.project_cost x ON x.customer_id = k.customer_id AND x.system_id = k.subject_system_id AND x.source_id = k.subject_id
  WHERE CAST(:object AS text) = 'project_cost' AND x.customer_id = CAST(:customer_id AS int) AND x.deleted_at IS NULL
  UNION ALL
  SELECT x.customer_id, x.system_id, x.source_id, x.first_seen_at, to_jsonb(x) AS said
  FROM look k
  JOIN biz.support_ticket x ON x.customer_id = k.customer_id AND x.system_id = k.subject_system_id AND x.source_id = k.subject_id
  WHERE CAST(:object AS text) = 'support_ticket' AND x.customer_id = CAST(:customer_id AS int) AND x.deleted_at IS NULL
),
told AS (
  SELECT
    r.customer_id, r.system_id, r.source_id, r.first_seen_at, r.said, c.time_zone, p.name AS project, a.name AS account,
    r.said || d.days
      || CASE WHEN p.source_id IS NOT NULL THEN jsonb_build_object('project', to_jsonb(p)) ELSE '{}' END
      || CASE WHEN a.source_id IS NOT NULL THEN jsonb_build_object('account', to_jsonb(a)) ELSE '{}' END AS document
  FROM record r
  JOIN ops.customer c ON c.customer_id = r.customer_id
  LEFT JOIN biz.project p ON CAST(:projects AS boolean) AND p.customer_id = r.customer_id AND p.system_id = r.system_id
    AND p.source_id = r.said ->> 'project_ref'
  LEFT JOIN biz.account a ON CAST(:accounts AS boolean) AND a.customer_id = r.customer_id AND a.system_id = r.system_id
    AND a.source_id = coalesce(r.said ->> 'account_ref', p.account_ref)
  CROSS JOIN LATERAL (
    SELECT coalesce(jsonb_object_agg(g.field || '_days', floor(extract(epoch FROM CAST(:now AS timestamptz) - g.at) / 86400)), '{}') AS days
    FROM (
      SELECT f.field, CASE WHEN length(r.said ->> f.field) = 10 THEN CAST(r.said ->> f.field AS timestamp) AT TIME ZONE c.time_zone
                           ELSE CAST(r.said ->> f.field AS timestamptz) END AS at
      FROM unnest(CAST(:ages AS text[])) f (field)
    ) g
  ) d
),
held AS (
  SELECT t.*
  FROM told t
  WHERE jsonb_path_match_tz(t.document, CAST(CAST(:condition AS text) AS jsonpath), '{}', true)
),
timed AS (
  SELECT
    h.*, known.occurred_at AS known_at,
    CASE WHEN length(h.said ->> CAST(:began AS text)) = 10 THEN CAST(h.said ->> CAST(:began AS text) AS timestamp) AT TIME ZONE h.time_zone
         ELSE CAST(h.said ->> CAST(:began AS text) AS timestamptz) END AS began_at
  FROM held h
  LEFT JOIN LATERAL (
    SELECT min(o.occurred_at) AS occurred_at
    FROM ops.exception_occurrence o
    JOIN ops.exception e ON e.customer_id = o.customer_id AND e.exception_id = coalesce(o.found_as, o.exception_id)
      AND e.rule = CAST(:rule AS text)
    WHERE o.customer_id = h.customer_id AND o.subject_type = CAST(:object AS text) AND o.system_id = h.system_id
      AND o.subject_id = h.source_id AND o.cleared_at IS NULL
  ) known ON true
)
INSERT INTO pg_temp.candidate (
  customer_id, rule, class, fingerprint, system_id, object_type, object_key, title, detail, severity, subject_type, subject_system_id,
  subject_id, occurred_at, amount, currency, message)
SELECT
  t.customer_id, CAST(:rule AS text), 'business', concat_ws(':', CAST(:rule AS text), t.system_id, k.cause), t.system_id, k.object_type,
  k.label, left(k.label || ': ' || CAST(:title AS text), 200), NULL, CAST(:severity AS int), CAST(:object AS text), t.system_id, t.source_id,
  s.occurred_at, m.amount, CASE WHEN m.amount IS NOT NULL THEN m.currency END,
  CASE w.value_basis WHEN 'estimated' THEN 'estimated at the task''s rate' END
FROM timed t
CROSS JOIN LATERAL (SELECT coalesce(t.began_at, t.known_at, CAST(:now AS timestamptz)) AS occurred_at) s
CROSS JOIN LATERAL (
  SELECT
    CASE WHEN CAST(:cause AS text) IN ('project_ref', 'account_ref') THEN replace(CAST(:cause AS text), '_ref', '') ELSE CAST(:object AS text) END
      AS object_type,
    CASE WHEN CAST(:cause AS text) IS NULL THEN t.source_id ELSE coalesce(t.said ->> CAST(:cause AS text), '') END AS cause,
    CASE CAST(:cause AS text)
      WHEN 'project_ref' THEN coalesce(t.project, t.said ->> 'project_ref', 'No project')
      WHEN 'account_ref' THEN coalesce(t.account, t.said ->> 'account_ref', 'No account')
      ELSE coalesce(t.said ->> CAST(:cause AS text), t.said ->> 'number', t.said ->> 'name', replace(CAST(:object AS text), '_', ' ') || ' ' || t.source_id)
    END AS label
) k
LEFT JOIN kpi.work w ON w.customer_id = t.customer_id AND w.system_id = t.system_id AND w.item_type = CAST(:object AS text) AND w.item_id = t.source_id
CROSS JOIN LATERAL (
  SELECT
    CASE WHEN CAST(:amount AS text) IS NULL THEN w.amount ELSE CAST(t.said ->> CAST(:amount AS text) AS numeric) END AS amount,
    CASE WHEN CAST(:amount AS text) IS NULL THEN CAST(w.currency AS text) ELSE t.said ->> 'currency' END AS currency
) n
CROSS JOIN LATERAL (SELECT CASE WHEN n.currency IS NOT NULL THEN n.amount END AS amount, n.currency) m
WHERE s.occurred_at <= CAST(:now AS timestamptz)
  AND (coalesce(t.began_at, t.first_seen_at) >= CAST(:since AS timestamptz) OR t.known_at IS NOT NULL)
  AND CAST(:valid_from AS timestamptz) <= s.occurred_at AND s.occurred_at < coalesce(CAST(:valid_to AS timestamptz), 'infinity')
