-- The transactions and records behind A11, latest first.
-- grain:   one row per transaction or record and cause
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text (the cause); at timestamptz; outcome text (the rule, and whether it is cleared);
--          in_numerator, in_denominator, is_unknown boolean; value float8 (seconds it was or is open); amount numeric; currency,
--          flow_key text; exception_id bigint
-- source:  as the figure's
SELECT
  o.customer_id, s.key AS system_key, o.subject_id AS item_id, e.title AS label, o.occurred_at AS at,
  replace(e.rule, '_', ' ') || CASE WHEN o.cleared_at <= coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) THEN ', cleared' ELSE ', open' END AS outcome,
  true AS in_numerator, false AS in_denominator, false AS is_unknown,
  CAST(extract(epoch FROM least(o.cleared_at, coalesce(CAST(:as_of AS timestamptz), kpi.as_of())) - o.occurred_at) AS float8) AS value,
  o.amount, CAST(o.currency AS text) AS currency, f.key AS flow_key, o.exception_id
FROM ops.exception_occurrence o
JOIN ops.exception e ON e.customer_id = o.customer_id AND e.exception_id = o.exception_id
LEFT JOIN ops.system s ON s.customer_id = o.customer_id AND s.system_id = o.system_id
LEFT JOIN ops.flow f ON f.customer_id = o.customer_id AND f.flow_id = o.flow_id
WHERE o.customer_id = ANY (CAST(:customer_ids AS int[]))
  AND o.occurred_at >= CAST(:since AS timestamptz) AND o.occurred_at < CAST(:until AS timestamptz)
  AND o.occurred_at <= coalesce(CAST(:as_of AS timestamptz), kpi.as_of())
  AND o.cleared_at IS DISTINCT FROM o.occurred_at
ORDER BY o.occurred_at DESC, o.customer_id, o.exception_id, o.subject_id
LIMIT CAST(:row_limit AS bigint)
