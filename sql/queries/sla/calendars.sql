-- The business calendars of a customer as they stand, with the closed days of a period.
-- grain:   one row per customer and calendar
-- params:  customer_ids int[]; since, until timestamptz
-- columns: customer_id int; key, time_zone text; hours jsonb; closed jsonb ({day: name}, those of the period)
-- source:  ops.calendar, ops.calendar_holiday
SELECT
  k.customer_id, k.key, k.time_zone, k.hours,
  coalesce(jsonb_object_agg(h.held_on, h.name) FILTER (WHERE h.held_on IS NOT NULL), '{}') AS closed
FROM ops.calendar k
LEFT JOIN ops.calendar_holiday h ON h.customer_id = k.customer_id AND h.calendar_id = k.calendar_id
  AND h.held_on >= CAST(CAST(:since AS timestamptz) AT TIME ZONE k.time_zone AS date)
  AND h.held_on < CAST(CAST(:until AS timestamptz) AT TIME ZONE k.time_zone AS date)
WHERE k.customer_id = ANY (CAST(:customer_ids AS int[]))
GROUP BY k.customer_id, k.calendar_id, k.key, k.time_zone, k.hours
ORDER BY k.customer_id, k.key
