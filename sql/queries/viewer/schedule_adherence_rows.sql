-- The slots behind A5, missed and late ones first; those that are not counted are among them.
-- grain:   one row per slot due in the period
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id (the run that served it, or the slot), label text; at timestamptz (the slot); outcome text;
--          in_numerator, in_denominator, is_unknown boolean; value float8 (seconds from the slot to the start; null: none);
--          amount numeric; currency, flow_key text
-- source:  as the figure's
WITH
-- include: agreed
,
-- include: slot_start
SELECT
  s.customer_id, y.key AS system_key, coalesce(s.external_id, 'slot ' || CAST(s.due_at AT TIME ZONE 'UTC' AS text)) AS item_id, f.name AS label,
  s.due_at AS at, s.outcome, s.outcome = 'on time' AS in_numerator, s.outcome IN ('on time', 'late', 'missed') AS in_denominator,
  s.outcome = 'unknown' AS is_unknown, s.late_seconds AS value, CAST(NULL AS numeric) AS amount, CAST(NULL AS text) AS currency, f.key AS flow_key
FROM slot_start s
JOIN ops.flow f ON f.customer_id = s.customer_id AND f.flow_id = s.flow_id
LEFT JOIN ops.system y ON y.customer_id = s.customer_id AND y.system_id = coalesce(s.system_id, f.runs_system_id)
ORDER BY s.outcome NOT IN ('missed', 'late'), s.due_at DESC, f.key
LIMIT CAST(:row_limit AS bigint)
