-- When so much time after an instant has passed, for many items at once: elapsed, open time of a calendar, or the end of a business day.
-- expects: clock (customer_id, calendar_id int, deadline_seconds int, business_days int, time_zone text), one row per calendar and deadline
--          that occurs; begun (…, customer_id, calendar_id, deadline_seconds, business_days, time_zone, opened_at), one row per item
-- gives:   timed, the rows of begun with due_at (null: the calendar's windows do not reach that far)
-- source:  metrics.md 4.6, the cumulative form: open seconds before each window; equal to the measure of ranges in kpi.open_deadline
open_day AS MATERIALIZED (
  SELECT
    o.customer_id, o.calendar_id, o.time_zone, o.day, o.closes_at,
    row_number() OVER (PARTITION BY o.customer_id, o.calendar_id ORDER BY o.day) AS n
  FROM (
    SELECT k.customer_id, k.calendar_id, k.time_zone, CAST(w.opens_at AT TIME ZONE k.time_zone AS date) AS day, max(w.closes_at) AS closes_at
    FROM (SELECT DISTINCT c.customer_id, c.calendar_id, c.time_zone FROM clock c WHERE c.business_days IS NOT NULL) k
    JOIN ops.calendar_window w ON w.customer_id = k.customer_id AND w.calendar_id = k.calendar_id
    GROUP BY k.customer_id, k.calendar_id, k.time_zone, CAST(w.opens_at AT TIME ZONE k.time_zone AS date)
  ) o
),
-- every date with the number of business days up to it
dated AS MATERIALIZED (
  SELECT b.customer_id, b.calendar_id, d.day,
    count(o.day) OVER (PARTITION BY b.customer_id, b.calendar_id ORDER BY d.day) AS n
  FROM (SELECT o.customer_id, o.calendar_id, min(o.day) AS first, max(o.day) AS last FROM open_day o GROUP BY o.customer_id, o.calendar_id) b
  CROSS JOIN LATERAL (SELECT CAST(g AS date) AS day FROM generate_series(CAST(b.first AS timestamp), CAST(b.last AS timestamp), interval '1 day') g) d
  LEFT JOIN open_day o ON o.customer_id = b.customer_id AND o.calendar_id = b.calendar_id AND o.day = d.day
),
day_end AS MATERIALIZED (
  SELECT d.customer_id, d.calendar_id, d.day, k.business_days, o.closes_at
  FROM (SELECT DISTINCT c.customer_id, c.calendar_id, c.business_days FROM clock c WHERE c.business_days IS NOT NULL) k
  JOIN dated d ON d.customer_id = k.customer_id AND d.calendar_id = k.calendar_id
  JOIN open_day o ON o.customer_id = d.customer_id AND o.calendar_id = d.calendar_id AND o.n = d.n + k.business_days
),
timed AS (
  SELECT
    b.*,
    CASE
      WHEN b.business_days IS NOT NULL THEN e.closes_at
      WHEN b.calendar_id IS NULL THEN b.opened_at + make_interval(secs => b.deadline_seconds)
      WHEN used_up.at <= used_up.closes_at THEN used_up.at
    END AS due_at
  FROM begun b
  LEFT JOIN day_end e ON e.customer_id = b.customer_id AND e.calendar_id = b.calendar_id AND e.business_days = b.business_days
    AND e.day = CAST(b.opened_at AT TIME ZONE b.time_zone AS date)
  LEFT JOIN LATERAL (
    SELECT w.seconds_before + extract(epoch FROM least(b.opened_at, w.closes_at) - w.opens_at) AS seconds
    FROM ops.calendar_window w
    WHERE b.business_days IS NULL AND w.customer_id = b.customer_id AND w.calendar_id = b.calendar_id AND w.opens_at <= b.opened_at
    ORDER BY w.opens_at DESC
    LIMIT 1
  ) open_before ON true
  LEFT JOIN LATERAL (
    SELECT w.opens_at + make_interval(secs => CAST(coalesce(open_before.seconds, 0) + b.deadline_seconds - w.seconds_before AS float8)) AS at,
           w.closes_at
    FROM ops.calendar_window w
    WHERE b.business_days IS NULL AND w.customer_id = b.customer_id AND w.calendar_id = b.calendar_id
      AND w.seconds_before < coalesce(open_before.seconds, 0) + b.deadline_seconds
    ORDER BY w.seconds_before DESC
    LIMIT 1
  ) used_up ON true
)
