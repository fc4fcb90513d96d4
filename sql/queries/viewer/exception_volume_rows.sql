-- The transactions and records behind A11, latest first.
-- grain:   one row per transaction or record and cause
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text (the cause); at timestamptz; outcome text (the rule, and whether it is cleared);
--          in_numerator, in_denominator, is_unknown boolean; value float8 (seconds it was or is open); amount numeric; currency,
--          flow_key text; exception_id bigint; project, practice text
-- source:  as the figure's
WITH
in_trouble AS (
  SELECT o.*
  FROM ops.exception_occurrence o
  WHERE o.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND o.occurred_at >= CAST(:since AS timestamptz) AND o.occurred_at < CAST(:until AS timestamptz)
    AND o.occurred_at <= coalesce(CAST(:as_of AS timestamptz), kpi.as_of())
    AND o.cleared_at IS DISTINCT FROM o.occurred_at
),
placed AS (
-- include: exception_place
  SELECT x.*
  FROM in_trouble x
)
SELECT
  x.customer_id, s.key AS system_key, x.subject_id AS item_id, e.title AS label, x.occurred_at AS at,
  replace(e.rule, '_', ' ') || CASE WHEN x.cleared_at <= coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) THEN ', cleared' ELSE ', open' END AS outcome,
  true AS in_numerator, false AS in_denominator, false AS is_unknown,
  CAST(extract(epoch FROM least(x.cleared_at, coalesce(CAST(:as_of AS timestamptz), kpi.as_of())) - x.occurred_at) AS float8) AS value,
  x.amount, CAST(x.currency AS text) AS currency, f.key AS flow_key, x.exception_id, x.project, x.practice
FROM placed x
JOIN ops.exception e ON e.customer_id = x.customer_id AND e.exception_id = x.exception_id
LEFT JOIN ops.system s ON s.customer_id = x.customer_id AND s.system_id = x.system_id
LEFT JOIN ops.flow f ON f.customer_id = x.customer_id AND f.flow_id = x.flow_id
ORDER BY x.occurred_at DESC, x.customer_id, x.exception_id, x.subject_id
LIMIT CAST(:row_limit AS bigint)
