-- Each customer's local days by kind, from the first that a judged day may be held against to the last that is over.
-- expects: params customer_ids int[]; until, as_of timestamptz (as_of null: now); a step judged_since of one row: at timestamptz (days are judged
--          from its local day on; null: the last alone)
-- gives:   trend_look (customer_id, time_zone, at, last_day: the last day that was over by then; first_day: two before the first that is
--          judged; starts_on, starts_at: days before it are held against nothing); classed_day, one row per customer and day: day date, ends_at, day_class text,
--          reach int (days of its kind are looked at so far back), is_read boolean
-- source:  metrics.md A14: the last and the first three business days of a month, and those of a quarter, are kinds of their own: monthly
--          seasonality is no period of 30 days (Hyndman). A day is held against those within its reach, and they against those within theirs, so
--          that the answer is the same in whichever period it is asked for
-- include: trend_read
,
trend_look AS (
  SELECT
    c.customer_id, c.time_zone, l.at, d.last_day, f.first_day, s.starts_on, kpi.instant(CAST(s.starts_on AS timestamp), c.time_zone) AS starts_at
  FROM ops.customer c
  CROSS JOIN (
    SELECT least(CAST(:until AS timestamptz), coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond') AS at
  ) l
  CROSS JOIN LATERAL (SELECT CAST(l.at AT TIME ZONE c.time_zone AS date) - 1 AS last_day) d
  CROSS JOIN LATERAL (
    SELECT coalesce(least(CAST(j.at AT TIME ZONE c.time_zone AS date), d.last_day), d.last_day) - 2 AS first_day
    FROM judged_since j
  ) f
  -- ends of quarters are few: where one may be judged, two years and a half are looked at
  CROSS JOIN LATERAL (
    SELECT CASE WHEN bool_or(CASE CAST(extract(month FROM g.at) AS int) % 3 WHEN 0 THEN extract(day FROM g.at) > 20
                                                                          WHEN 1 THEN extract(day FROM g.at) < 12 END) THEN 900 ELSE 400 END AS reach
    FROM generate_series(CAST(f.first_day AS timestamp), CAST(d.last_day AS timestamp), interval '1 day') g (at)
  ) q
  LEFT JOIN trend_read r ON r.customer_id = c.customer_id
  CROSS JOIN LATERAL (
    SELECT least(f.first_day, greatest(
      f.first_day - 2 * q.reach,
      CASE WHEN r.customer_id IS NULL THEN f.first_day ELSE CAST(lower(r.windows) AT TIME ZONE c.time_zone AS date) END)) AS starts_on
  ) s
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
),
-- the calendar that promises are made in, or else the customer's first; without one, Monday to Friday
business_calendar AS (
  SELECT DISTINCT ON (k.customer_id) k.customer_id, k.calendar_id, f.filled_from, f.filled_until
  FROM ops.calendar k
  CROSS JOIN LATERAL (
    SELECT min(w.opens_at) AS filled_from, max(w.closes_at) AS filled_until
    FROM ops.calendar_window w
    WHERE w.customer_id = k.customer_id AND w.calendar_id = k.calendar_id
  ) f
  WHERE k.customer_id = ANY (CAST(:customer_ids AS int[])) AND f.filled_from IS NOT NULL
  ORDER BY k.customer_id, EXISTS (SELECT FROM ops.flow_promise p WHERE p.customer_id = k.customer_id AND p.calendar_id = k.calendar_id) DESC,
    k.calendar_id
),
trend_day AS MATERIALIZED (
  SELECT
    l.customer_id, d.day, d.ends_at, l.starts_on, l.last_day, coalesce(r.windows @> tstzrange(d.begins_at, d.ends_at), false) AS is_read,
    CASE WHEN b.filled_from <= d.begins_at AND b.filled_until >= d.begins_at THEN coalesce(w.closes_at > d.begins_at, false)
         ELSE extract(isodow FROM d.day) < 6 END AS is_business
  FROM trend_look l
  CROSS JOIN LATERAL (
    SELECT CAST(g.at AS date) AS day, kpi.instant(g.at, l.time_zone) AS begins_at, kpi.instant(g.at + interval '1 day', l.time_zone) AS ends_at
    FROM generate_series(date_trunc('month', CAST(l.starts_on AS timestamp)),
                         date_trunc('month', CAST(l.last_day AS timestamp)) + interval '1 month -1 day', interval '1 day') g (at)
    OFFSET 0 -- worked out once for each day, not wherever it is named
  ) d
  LEFT JOIN business_calendar b ON b.customer_id = l.customer_id
  LEFT JOIN trend_read r ON r.customer_id = l.customer_id
  LEFT JOIN LATERAL (
    SELECT w.closes_at
    FROM ops.calendar_window w
    WHERE w.customer_id = l.customer_id AND w.calendar_id = b.calendar_id AND w.opens_at < d.ends_at
    ORDER BY w.opens_at DESC
    LIMIT 1
  ) w ON true
),
classed_day AS (
  SELECT k.customer_id, k.day, k.ends_at, k.is_read, k.day_class, CASE WHEN k.day_class LIKE '% of the quarter' THEN 900 ELSE 400 END AS reach
  FROM (
    SELECT
      d.customer_id, d.day, d.ends_at, d.is_read,
      CASE
        WHEN NOT d.is_business THEN CASE WHEN extract(isodow FROM d.day) < 6 THEN 'holiday' ELSE 'closed' END
        WHEN d.from_end <= 3 THEN 'business day -' || d.from_end || CASE WHEN d.month_of_quarter = 0 THEN ' of the quarter' ELSE ' of the month' END
        WHEN d.from_start <= 3 THEN 'business day ' || d.from_start || CASE WHEN d.month_of_quarter = 1 THEN ' of the quarter' ELSE ' of the month' END
        ELSE lower(to_char(d.day, 'FMDay'))
      END AS day_class
    FROM (
      SELECT
        t.*, CAST(extract(month FROM t.day) AS int) % 3 AS month_of_quarter,
        sum(CAST(t.is_business AS int)) OVER (PARTITION BY t.customer_id, date_trunc('month', t.day) ORDER BY t.day) AS from_start,
        sum(CAST(t.is_business AS int)) OVER (PARTITION BY t.customer_id, date_trunc('month', t.day) ORDER BY t.day DESC) AS from_end
      FROM trend_day t
    ) d
    WHERE d.day >= d.starts_on AND d.day <= d.last_day
  ) k
)
