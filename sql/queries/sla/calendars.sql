-- The business calendars of a customer as they stand in a period, with the closed days of a period.
-- grain:   one row per customer and calendar
-- params:  customer_ids int[]; since, until timestamptz
-- columns: customer_id int; key, time_zone text; hours jsonb (those of its first day); changes jsonb ({day: hours}, those
--          that begin within it); closed jsonb ({day: name}, those of the period)
-- source:  ops.calendar, ops.calendar_holiday
WITH span AS (
  SELECT k.customer_id, k.calendar_id, k.key, k.time_zone, k.hours, k.later,
    CAST(CAST(:since AS timestamptz) AT TIME ZONE k.time_zone AS date) AS first_day,
    CAST(CAST(:until AS timestamptz) AT TIME ZONE k.time_zone AS date) AS day_after
  FROM ops.calendar k
  WHERE k.customer_id = ANY (CAST(:customer_ids AS int[]))
),
calendar AS (
  SELECT s.customer_id, s.calendar_id, s.key, s.time_zone, s.first_day, s.day_after,
    coalesce((SELECT v.change -> 'hours' FROM jsonb_array_elements(s.later) v (change)
              WHERE CAST(v.change ->> 'from' AS date) <= s.first_day ORDER BY v.change ->> 'from' DESC LIMIT 1), s.hours) AS hours,
    coalesce((SELECT jsonb_object_agg(v.change ->> 'from', v.change -> 'hours') FROM jsonb_array_elements(s.later) v (change)
              WHERE CAST(v.change ->> 'from' AS date) > s.first_day AND CAST(v.change ->> 'from' AS date) < s.day_after), '{}') AS changes
  FROM span s
)
SELECT
  k.customer_id, k.key, k.time_zone, k.hours, k.changes,
  coalesce(jsonb_object_agg(h.held_on, h.name) FILTER (WHERE h.held_on IS NOT NULL), '{}') AS closed
FROM calendar k
LEFT JOIN ops.calendar_holiday h ON h.customer_id = k.customer_id AND h.calendar_id = k.calendar_id
  AND h.held_on >= k.first_day AND h.held_on < k.day_after
GROUP BY k.customer_id, k.calendar_id, k.key, k.time_zone, k.hours, k.changes
ORDER BY k.customer_id, k.key
