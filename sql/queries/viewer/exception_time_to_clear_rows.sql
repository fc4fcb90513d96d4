-- The transactions and records behind A13b, the longest first.
-- grain:   one row per transaction or record and cause that was open at some time of the period
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text (the cause); at timestamptz (it began); outcome text (cleared, waived, open);
--          in_numerator, in_denominator, is_unknown boolean; value float8 (seconds until its end, or so far); amount numeric; currency,
--          flow_key text; exception_id bigint; project, practice text
-- source:  as the figure's
WITH
-- include: exception_clock
,
in_trouble AS (SELECT w.* FROM watched w),
placed AS (
-- include: exception_place
  SELECT x.*
  FROM in_trouble x
)
SELECT
  x.customer_id, s.key AS system_key, x.subject_id AS item_id, x.title AS label, x.occurred_at AS at,
  CASE x.cause WHEN 1 THEN 'cleared' WHEN 2 THEN 'waived' ELSE 'open' END AS outcome,
  x.cause = 1 AS in_numerator, true AS in_denominator, false AS is_unknown, x.t AS value, x.amount, x.currency, f.key AS flow_key, x.exception_id,
  x.project, x.practice
FROM placed x
LEFT JOIN ops.system s ON s.customer_id = x.customer_id AND s.system_id = x.system_id
LEFT JOIN ops.flow f ON f.customer_id = x.customer_id AND f.flow_id = x.flow_id
ORDER BY x.t DESC, x.customer_id, x.exception_id, x.subject_id
LIMIT CAST(:row_limit AS bigint)
