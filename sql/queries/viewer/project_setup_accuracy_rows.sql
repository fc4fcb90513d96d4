-- The projects behind: Project setup accuracy, those that failed a check first.
-- grain:   one row per project made in the period
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (made); outcome text (right, the checks that failed, pending,
--          unknown); in_numerator, in_denominator, is_unknown boolean; value float8 (number of checks that failed); amount numeric (budget);
--          currency, flow_key text; audit_at timestamptz; practice text
-- source:  as the figure's
WITH
-- include: setup_audit
,
-- include: practice
SELECT
  j.customer_id, y.key AS system_key, j.project_id AS item_id,
  concat_ws(', ', coalesce(a.name, j.account_ref), concat_ws(' ', j.number, coalesce(j.name, j.project_id))) AS label, j.made_at AS at,
  CASE WHEN j.outcome = 'wrong' THEN 'without ' || array_to_string(j.failed, ', ') ELSE j.outcome END AS outcome,
  j.outcome = 'right' AS in_numerator, j.outcome IN ('right', 'wrong') AS in_denominator, j.outcome = 'unknown' AS is_unknown,
  CASE WHEN j.outcome IN ('right', 'wrong') THEN CAST(cardinality(j.failed) AS float8) END AS value, j.amount, CASE WHEN j.amount IS NOT NULL THEN j.currency END AS currency,
  CAST(NULL AS text) AS flow_key, j.audit_at, coalesce(o.practice, '(no practice)') AS practice
FROM audit j
JOIN ops.system y ON y.customer_id = j.customer_id AND y.system_id = j.system_id
LEFT JOIN practice o ON o.customer_id = j.customer_id AND o.system_id = j.system_id AND o.project_ref = j.project_id
LEFT JOIN biz.account a ON a.customer_id = j.customer_id AND a.system_id = j.system_id AND a.source_id = j.account_ref
ORDER BY j.outcome = 'wrong' DESC, j.outcome = 'unknown' DESC, j.made_at, j.customer_id, j.project_id
LIMIT CAST(:row_limit AS bigint)
