-- The time entries behind: Own work, the longest first; and a row for each kind that no setting names.
-- grain:   one row per time entry, and per kind that is unknown
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (day of the work); outcome text (its kinds, or unknown); in_numerator,
--          in_denominator, is_unknown boolean; value float8 (hours); amount numeric; currency, flow_key text
-- source:  as the figure's
WITH
-- include: own_work
SELECT
  o.customer_id, y.key AS system_key, o.item_id, concat_ws(', ', o.project, o.task) AS label, CAST(o.worked_on AS timestamp) AT TIME ZONE c.time_zone AS at,
  array_to_string(o.kinds, ', ') AS outcome, true AS in_numerator, false AS in_denominator, false AS is_unknown, CAST(o.hours AS float8) AS value,
  CAST(NULL AS numeric) AS amount, CAST(NULL AS text) AS currency, CAST(NULL AS text) AS flow_key
FROM own_work o
JOIN ops.customer c ON c.customer_id = o.customer_id
JOIN ops.system y ON y.customer_id = o.customer_id AND y.system_id = o.system_id
UNION ALL
SELECT
  k.customer_id, NULL, k.kind, 'how ' || k.kind || ' is logged is in no setting', NULL, 'unknown', false, false, true, NULL, NULL, NULL, NULL
FROM own_kind k
WHERE NOT k.is_named
ORDER BY is_unknown DESC, value DESC NULLS LAST, customer_id, item_id
LIMIT CAST(:row_limit AS bigint)
