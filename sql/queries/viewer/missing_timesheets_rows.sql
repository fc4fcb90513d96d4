-- The days behind: Missing timesheets, the missing ones first; people by their key in the system and not by name.
-- grain:   one row per person and day that is theirs to work
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (the day begins); outcome text (missing, entered, pending,
--          unknown); in_numerator, in_denominator, is_unknown boolean; value float8 (null); amount numeric (null); currency, flow_key text
--          (null)
-- source:  as the figure's
WITH
-- include: look
,
-- include: capacity
,
-- include: expected_day
SELECT
  d.customer_id, y.key AS system_key, d.person_id || ' ' || d.day AS item_id, 'person ' || d.person_id || ', ' || d.day AS label,
  CAST(d.day AS timestamp) AT TIME ZONE k.time_zone AS at, d.outcome, d.outcome = 'missing' AS in_numerator,
  d.outcome IN ('missing', 'entered') AS in_denominator, d.outcome = 'unknown' AS is_unknown, CAST(NULL AS float8) AS value,
  CAST(NULL AS numeric) AS amount, CAST(NULL AS text) AS currency, CAST(NULL AS text) AS flow_key
FROM expected_day d
JOIN look k ON k.customer_id = d.customer_id
JOIN ops.system y ON y.customer_id = d.customer_id AND y.system_id = d.system_id
ORDER BY d.outcome = 'missing' DESC, d.outcome = 'unknown' DESC, d.day, d.customer_id, d.system_id, d.person_id
LIMIT CAST(:row_limit AS bigint)
