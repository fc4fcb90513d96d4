-- The people behind: Billable utilization, by their key in the system and not by name.
-- grain:   one row per person with capacity or hours in the period
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (start of the period); outcome text (counted, or why not);
--          in_numerator, in_denominator, is_unknown boolean; value float8 (billable hours); amount numeric (null); currency, flow_key text
--          (null); capacity, unapproved float8 (hours); practice text
-- source:  as the figure's
WITH
-- include: look
,
-- include: capacity
SELECT
  p.customer_id, y.key AS system_key, p.person_id AS item_id, 'person ' || p.person_id AS label, CAST(:since AS timestamptz) AS at,
  CASE WHEN NOT p.is_unknown THEN 'counted' WHEN p.unread > 0 THEN 'approval unknown' WHEN p.is_gone THEN 'gone, nobody knows since when'
       ELSE 'capacity unknown' END AS outcome,
  NOT p.is_unknown AS in_numerator, NOT p.is_unknown AS in_denominator, p.is_unknown, CAST(p.billable AS float8) AS value,
  CAST(NULL AS numeric) AS amount, CAST(NULL AS text) AS currency, CAST(NULL AS text) AS flow_key, CAST(p.capacity AS float8) AS capacity,
  CAST(p.unapproved AS float8) AS unapproved, coalesce(p.practice, '(no practice)') AS practice
FROM person p
JOIN ops.system y ON y.customer_id = p.customer_id AND y.system_id = p.system_id
ORDER BY p.is_unknown DESC, p.billable DESC, p.customer_id, p.system_id, p.person_id
LIMIT CAST(:row_limit AS bigint)
