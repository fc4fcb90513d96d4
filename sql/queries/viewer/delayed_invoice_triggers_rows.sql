-- The triggers behind: Delayed invoice triggers, the late ones first.
-- grain:   one row per trigger that came due in the period: a project's work of a month in one currency, a milestone, a date
--          of a retainer or a month of usage
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (due); outcome text (in time, late, missing, pending, held and why, unknown);
--          in_numerator, in_denominator, is_unknown boolean; value float8 (seconds from due to now); amount numeric (of what was late,
--          else of all that is decided or held); currency, flow_key text; limit_at timestamptz; pieces bigint; practice text
-- source:  as the figure's
WITH
watch AS (
  SELECT
    c.customer_id, CAST(:since AS timestamptz) - interval '90 days' AS settled_from, CAST(:since AS timestamptz) AS due_from,
    coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond' AS observed_to
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
),
-- include: due_piece
,
-- include: due_trigger
,
-- include: practice
SELECT
  t.customer_id, y.key AS system_key, t.trigger_id AS item_id,
  concat_ws(', ', coalesce(a.name, t.account_ref), coalesce(p.name, t.project_ref),
            CASE WHEN t.contract_ref IS NOT NULL THEN concat_ws(' ', t.kind, coalesce(n.number, t.contract_ref)) END,
            CASE t.kind WHEN 'milestone' THEN coalesce(m.name, 'milestone') ELSE to_char(t.month, 'YYYY-MM') END) AS label,
  t.due_at AS at, concat_ws(': ', t.outcome, t.hold_reason) AS outcome, t.is_failed AS in_numerator, t.is_decided AS in_denominator, t.is_unknown,
  CAST(extract(epoch FROM t.observed_to - t.due_at) AS float8) AS value,
  v.amount, CASE WHEN v.amount IS NOT NULL THEN t.currency END AS currency, CAST(NULL AS text) AS flow_key, t.limit_at, t.pieces,
  coalesce(o.practice, '(no practice)') AS practice
FROM due_trigger t
CROSS JOIN LATERAL (SELECT CASE WHEN t.is_failed THEN t.late_amount WHEN t.outcome = 'held' THEN t.held_amount ELSE t.amount END AS amount) v
JOIN ops.system y ON y.customer_id = t.customer_id AND y.system_id = t.system_id
LEFT JOIN biz.project p ON p.customer_id = t.customer_id AND p.system_id = t.system_id AND p.source_id = t.project_ref
LEFT JOIN practice o ON o.customer_id = t.customer_id AND o.system_id = t.system_id AND o.project_ref = t.project_ref
LEFT JOIN biz.account a ON a.customer_id = t.customer_id AND a.system_id = t.system_id AND a.source_id = t.account_ref
LEFT JOIN biz.contract n ON n.customer_id = t.customer_id AND n.system_id = t.system_id AND n.source_id = t.contract_ref
LEFT JOIN biz.milestone m ON t.kind = 'milestone' AND m.customer_id = t.customer_id AND m.system_id = t.system_id AND m.source_id = t.trigger_id
ORDER BY t.is_failed DESC, t.is_unknown DESC, t.due_at, t.customer_id, t.trigger_id, t.currency
LIMIT CAST(:row_limit AS bigint)
