-- Writes the open windows of a calendar as instants, with the open seconds that lie before each.
-- grain:   one row per window; hours that touch or overlap are one window; each day has the hours in force on it
-- params:  customer_id, calendar_id int; first, last date (both are in it)
-- columns: opens_at, closes_at timestamptz
-- source:  metrics.md 4.6: local wall time to instants; a window that clocks swallow whole is left out
WITH day AS (
  SELECT k.customer_id, k.calendar_id, k.time_zone, coalesce(l.hours, k.hours) AS hours, d.day
  FROM ops.calendar k
  CROSS JOIN LATERAL generate_series(CAST(CAST(:first AS date) AS timestamp), CAST(CAST(:last AS date) AS timestamp), interval '1 day') d (day)
  LEFT JOIN ops.calendar_holiday h
    ON h.customer_id = k.customer_id AND h.calendar_id = k.calendar_id AND h.held_on = CAST(d.day AS date)
  LEFT JOIN LATERAL (
    SELECT v.change -> 'hours' AS hours
    FROM jsonb_array_elements(k.later) v (change)
    WHERE CAST(v.change ->> 'from' AS date) <= CAST(d.day AS date)
    ORDER BY v.change ->> 'from' DESC
    LIMIT 1
  ) l ON true
  WHERE k.customer_id = CAST(:customer_id AS int) AND k.calendar_id = CAST(:calendar_id AS int) AND h.held_on IS NULL
),
edge AS (
  SELECT
    day.customer_id, day.calendar_id,
    kpi.instant(day.day + CAST(span ->> 0 AS interval), day.time_zone) AS opens_at,
    kpi.instant(day.day + CAST(span ->> 1 AS interval), day.time_zone) AS closes_at
  FROM day
  CROSS JOIN LATERAL jsonb_array_elements(day.hours -> to_char(day.day, 'dy')) hours (span)
),
open AS (
  SELECT e.customer_id, e.calendar_id, range_agg(tstzrange(e.opens_at, e.closes_at)) AS windows
  FROM edge e
  WHERE e.opens_at < e.closes_at
  GROUP BY e.customer_id, e.calendar_id
)
INSERT INTO ops.calendar_window (customer_id, calendar_id, opens_at, closes_at, seconds_before)
SELECT
  o.customer_id, o.calendar_id, lower(u.w), upper(u.w),
  coalesce(sum(CAST(extract(epoch FROM upper(u.w) - lower(u.w)) AS bigint))
    OVER (ORDER BY lower(u.w) ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
FROM open o
CROSS JOIN LATERAL unnest(o.windows) u (w)
RETURNING opens_at, closes_at
