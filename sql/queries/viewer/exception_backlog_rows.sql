-- The transactions and records behind A13, the oldest first.
-- grain:   one row per transaction or record and cause that was open
-- params:  customer_ids int[]; since, until, as_of timestamptz (looked at from kpi.as_of()); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text (the cause); at timestamptz; outcome text (the rule); in_numerator, in_denominator,
--          is_unknown boolean; value float8 (seconds it is open); amount numeric; currency, flow_key text; exception_id bigint;
--          project, practice text
-- source:  as the figure's
WITH
look AS (
  SELECT c.customer_id, kpi.as_of() + interval '1 microsecond' AS at FROM ops.customer c WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
),
-- include: exception_life
,
in_trouble AS (SELECT x.* FROM life x WHERE x.cause = 0),
placed AS (
-- include: exception_place
  SELECT x.*
  FROM in_trouble x
)
SELECT
  x.customer_id, s.key AS system_key, x.subject_id AS item_id, x.title AS label, x.occurred_at AS at, replace(x.rule, '_', ' ') AS outcome,
  true AS in_numerator, false AS in_denominator, false AS is_unknown,
  CAST(extract(epoch FROM kpi.as_of() - x.occurred_at) AS float8) AS value, x.amount, x.currency, f.key AS flow_key, x.exception_id,
  x.project, x.practice
FROM placed x
LEFT JOIN ops.system s ON s.customer_id = x.customer_id AND s.system_id = x.system_id
LEFT JOIN ops.flow f ON f.customer_id = x.customer_id AND f.flow_id = x.flow_id
ORDER BY x.occurred_at, x.customer_id, x.exception_id, x.subject_id
LIMIT CAST(:row_limit AS bigint)
