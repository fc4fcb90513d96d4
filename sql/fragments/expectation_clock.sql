-- When so much time after an instant has passed, for many items at once: elapsed, open time of a calendar, or the end of a business day.
-- expects: clock (customer_id, calendar_id int, deadline_seconds int, business_days int, time_zone text), one row per calendar and deadline
--          that occurs; begun (…, customer_id, calendar_id, deadline_seconds, business_days, time_zone, opened_at), one row per item
-- gives:   timed, the rows of begun with due_at (null: the calendar's windows do not reach that far)
-- source:  metrics.md 4.6, the cumulative form: open seconds before each window
open_day AS MATERIALIZED (
  SELECT k.customer_id, k.calendar_id, CAST(w.opens_at AT TIME ZONE k.time_zone AS date) AS day, max(w.closes_at) AS closes_at
  FROM (SELECT DISTINCT c.customer_id, c.calendar_id, c.time_zone FROM clock c WHERE c.business_days IS NOT NULL) k
  JOIN ops.calendar_window w ON w.customer_id = k.customer_id AND w.calendar_id = k.calendar_id
  GROUP BY k.customer_id, k.calendar_id, CAST(w.opens_at AT TIME ZONE k.time_zone AS date)
),
spanned AS MATERIALIZED (
  SELECT o.customer_id, o.calendar_id, min(o.day) AS first_day, max(o.day) AS last_day, array_agg(o.closes_at ORDER BY o.day) AS closes
  FROM open_day o
  GROUP BY o.customer_id, o.calendar_id
),
-- every date with the number of business days up to it, in one pile instead of a join
dated AS MATERIALIZED (
  SELECT p.customer_id, p.calendar_id, p.day, sum(sum(p.n)) OVER (PARTITION BY p.customer_id, p.calendar_id ORDER BY p.day) AS n
  FROM (
    SELECT s.customer_id, s.calendar_id, CAST(g AS date) AS day, 0 AS n
    FROM spanned s
    CROSS JOIN LATERAL generate_series(CAST(s.first_day AS timestamp), CAST(s.last_day AS timestamp), interval '1 day') g
    UNION ALL
    SELECT o.customer_id, o.calendar_id, o.day, 1
    FROM open_day o
  ) p
  GROUP BY p.customer_id, p.calendar_id, p.day
),
counted_days AS MATERIALIZED (
  SELECT d.customer_id, d.calendar_id, array_agg(CAST(d.n AS int) ORDER BY d.day) AS counts
  FROM dated d
  GROUP BY d.customer_id, d.calendar_id
),
-- the ends of the n-th business day after each date, by place: a look-up costs the same whatever the planner thinks of it
day_end AS MATERIALIZED (
  SELECT s.customer_id, s.calendar_id, k.business_days, s.first_day, e.ends
  FROM (SELECT DISTINCT c.customer_id, c.calendar_id, c.business_days FROM clock c WHERE c.business_days IS NOT NULL) k
  JOIN spanned s ON s.customer_id = k.customer_id AND s.calendar_id = k.calendar_id
  JOIN counted_days d ON d.customer_id = s.customer_id AND d.calendar_id = s.calendar_id
  CROSS JOIN LATERAL (
    SELECT array_agg(coalesce(s.closes[u.n + k.business_days], CAST('infinity' AS timestamptz)) ORDER BY u.place) AS ends
    FROM unnest(d.counts) WITH ORDINALITY u (n, place)
  ) e
),
-- the windows of each calendar by place: a search in an array instead of two look-ups in an index for each item
open_window AS MATERIALIZED (
  SELECT
    w.customer_id, w.calendar_id, array_agg(w.opens_at ORDER BY w.opens_at) AS opens, array_agg(w.closes_at ORDER BY w.opens_at) AS closes,
    array_agg(w.seconds_before ORDER BY w.opens_at) AS before
  FROM (SELECT DISTINCT c.customer_id, c.calendar_id FROM clock c WHERE c.business_days IS NULL) k
  JOIN ops.calendar_window w ON w.customer_id = k.customer_id AND w.calendar_id = k.calendar_id
  GROUP BY w.customer_id, w.calendar_id
),
timed AS (
  SELECT
    b.*,
    CASE
      WHEN b.business_days IS NOT NULL
        THEN nullif(e.ends[CAST(b.opened_at AT TIME ZONE b.time_zone AS date) - e.first_day + 1], CAST('infinity' AS timestamptz))
      WHEN b.calendar_id IS NULL THEN b.opened_at + make_interval(secs => b.deadline_seconds)
      -- each step is worked out once, not wherever it is named; a join would be remembered by the arrays, which costs more than the search
      ELSE (
        SELECT CASE WHEN x.at <= w.closes[x.n] THEN x.at END
        FROM (
          SELECT d.n, w.opens[d.n] + make_interval(secs => d.seconds - w.before[d.n]) AS at
          FROM (
            SELECT u.seconds, width_bucket(CAST(ceil(u.seconds) AS bigint) - 1, w.before) AS n
            FROM (  -- open seconds up to the end of the deadline
              SELECT b.deadline_seconds
                + coalesce(w.before[f.n] + date_part('epoch', least(b.opened_at, w.closes[f.n]) - w.opens[f.n]), 0) AS seconds
              FROM (SELECT width_bucket(b.opened_at, w.opens) AS n OFFSET 0) f
              OFFSET 0
            ) u
            OFFSET 0
          ) d
          OFFSET 0
        ) x
      )
    END AS due_at
  FROM begun b
  LEFT JOIN day_end e ON e.customer_id = b.customer_id AND e.calendar_id = b.calendar_id AND e.business_days = b.business_days
  LEFT JOIN open_window w ON b.business_days IS NULL AND w.customer_id = b.customer_id AND w.calendar_id = b.calendar_id
)
