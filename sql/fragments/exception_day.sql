-- Exceptions by local day, or by quarter of a day, each beside what is usual on such a day.
-- expects: params customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (null, class, flow, day, hours)
-- gives:   trend_look (customer_id, time_zone, at, last_day: the last day that was over by then); exception_day, one row per customer, part and
--          day that is judged (the last day, or by 'day' every day of the period) and the two before it: day date, day_class text, y bigint,
--          is_read boolean, n (comparable days), middle, spread, z float8, comparable_day date[], comparable_y bigint[], compared_with text,
--          is_unusual, is_alert boolean (unusual, and so was one of the two days before; by hours: of the two bands before)
-- source:  metrics.md A14: robust z of log(1 + count) over up to twelve days of the same kind, no fewer than six; the last and the first
--          three business days of a month, and those of a quarter, are kinds of their own: monthly seasonality is no period of 30 days
--          (Hyndman). A day that was itself unusual among those before it is no comparison: else last month's outage becomes usual. [ours] a
--          spread below a tenth counts as a tenth, and less than five more or fewer than usual is never unusual. Fewer than six ends of
--          quarters: they spread as ends of months do, around what the rule's setting says, else around two or more of themselves; fewer than
--          six holidays: as weekends
trend_look AS (
  SELECT
    c.customer_id, c.time_zone, l.at, d.last_day, f.first_day, q.reach
  FROM ops.customer c
  CROSS JOIN (
    SELECT least(CAST(:until AS timestamptz), coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond') AS at
  ) l
  CROSS JOIN LATERAL (SELECT CAST(l.at AT TIME ZONE c.time_zone AS date) - 1 AS last_day) d
  CROSS JOIN LATERAL (
    SELECT CASE WHEN CAST(:by AS text) = 'day' THEN CAST(CAST(:since AS timestamptz) AT TIME ZONE c.time_zone AS date) ELSE d.last_day END - 2 AS first_day
  ) f
  -- ends of quarters are few: where one may be judged, two years and a half are looked at
  CROSS JOIN LATERAL (
    SELECT CASE WHEN bool_or(CASE CAST(extract(month FROM g.at) AS int) % 3 WHEN 0 THEN extract(day FROM g.at) > 20
                                                                          WHEN 1 THEN extract(day FROM g.at) < 12 END) THEN 900 ELSE 400 END AS reach
    FROM generate_series(CAST(f.first_day AS timestamp), CAST(d.last_day AS timestamp), interval '1 day') g (at)
  ) q
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
-- include: trend_read
,
trend_day AS MATERIALIZED (
  SELECT
    l.customer_id, d.day, d.ends_at, l.first_day, l.last_day, coalesce(r.windows @> tstzrange(d.begins_at, d.ends_at), false) AS is_read,
    CASE WHEN b.filled_from <= d.begins_at AND b.filled_until >= d.begins_at THEN coalesce(w.closes_at > d.begins_at, false)
         ELSE extract(isodow FROM d.day) < 6 END AS is_business
  FROM trend_look l
  CROSS JOIN LATERAL (
    SELECT CAST(g.at AS date) AS day, kpi.instant(g.at, l.time_zone) AS begins_at, kpi.instant(g.at + interval '1 day', l.time_zone) AS ends_at
    FROM generate_series(date_trunc('month', CAST(l.last_day - l.reach AS timestamp)),
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
  SELECT
    d.customer_id, d.day, d.ends_at, d.first_day, d.last_day, d.is_read,
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
  WHERE d.day <= d.last_day
),
trend_part AS (
  SELECT l.customer_id, k.part
  FROM trend_look l
  CROSS JOIN unnest(CASE CAST(:by AS text) WHEN 'class' THEN ARRAY['technical', 'business'] WHEN 'flow' THEN ARRAY['(no flow)']
                                           WHEN 'hours' THEN ARRAY['00-06', '06-12', '12-18', '18-24'] ELSE ARRAY[''] END) k (part)
  UNION
  SELECT f.customer_id, f.key
  FROM ops.flow f
  WHERE f.customer_id = ANY (CAST(:customer_ids AS int[])) AND CAST(:by AS text) = 'flow' AND f.removed_at IS NULL
),
happened AS (
  SELECT
    o.customer_id,
    CASE CAST(:by AS text) WHEN 'class' THEN e.class WHEN 'flow' THEN coalesce(f.key, '(no flow)')
      WHEN 'hours' THEN (ARRAY['00-06', '06-12', '12-18', '18-24'])[1 + CAST(extract(hour FROM o.occurred_at AT TIME ZONE l.time_zone) AS int) / 6] ELSE '' END AS part,
    CAST(o.occurred_at AT TIME ZONE l.time_zone AS date) AS day, count(*) AS y
  FROM trend_look l
  JOIN ops.exception_occurrence o ON o.customer_id = l.customer_id AND o.occurred_at < l.at
    AND o.occurred_at >= l.at - make_interval(days => 40 + l.reach) AND o.cleared_at IS DISTINCT FROM o.occurred_at
  JOIN ops.exception e ON e.customer_id = o.customer_id AND e.exception_id = o.exception_id AND e.rule <> 'unusual_day'
  LEFT JOIN ops.flow f ON f.customer_id = o.customer_id AND f.flow_id = o.flow_id
  WHERE o.customer_id = ANY (CAST(:customer_ids AS int[]))
  GROUP BY 1, 2, 3
),
series AS MATERIALIZED (
  SELECT
    d.customer_id, p.part, d.day, d.first_day, d.last_day, d.day_class, d.is_read, coalesce(h.y, 0) AS y, ln(1 + CAST(coalesce(h.y, 0) AS float8)) AS log_y,
    CASE WHEN d.day_class LIKE '% of the quarter' THEN replace(d.day_class, 'quarter', 'month') WHEN d.day_class = 'holiday' THEN 'closed' END AS like_class,
    d.day_class LIKE '% of the quarter' AS is_quarter_end, d.ends_at AS over_at
  FROM classed_day d
  JOIN trend_part p ON p.customer_id = d.customer_id
  LEFT JOIN happened h ON h.customer_id = d.customer_id AND h.part = p.part AND h.day = d.day
),
judged_day AS (SELECT s.* FROM series s WHERE s.day >= s.first_day),
-- days of the kinds that are asked for, each held against those before it: what was unusual then is no comparison now
usual_day AS MATERIALIZED (
  SELECT x.customer_id, x.part, x.day_class, x.day, x.y, x.log_y
  FROM (
    SELECT s.*, array_agg(s.log_y) OVER (PARTITION BY s.customer_id, s.part, s.day_class ORDER BY s.day ROWS BETWEEN 12 PRECEDING AND 1 PRECEDING) AS logs
    FROM series s
    WHERE s.is_read
      AND (s.customer_id, s.day_class) IN (SELECT j.customer_id, k.class FROM judged_day j CROSS JOIN LATERAL (VALUES (j.day_class), (j.like_class)) k (class))
  ) x
-- include: usual
  WHERE NOT coalesce(abs(x.log_y - m.middle) > 4 * m.spread AND abs(x.y - (exp(m.middle) - 1)) >= 5, false)
),
compared AS (
  SELECT
    j.*, q.factor, own.logs AS own_logs, CASE WHEN alike.logs IS NULL THEN own.logs ELSE alike.logs END AS logs,
    own.days || alike.days AS comparable_day, own.ys || alike.ys AS comparable_y
  FROM judged_day j
  CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(o.day ORDER BY o.day), '{}') AS days, coalesce(array_agg(o.y ORDER BY o.day), '{}') AS ys, array_agg(o.log_y) AS logs
    FROM (
      SELECT o.day, o.y, o.log_y
      FROM usual_day o
      WHERE o.customer_id = j.customer_id AND o.part = j.part AND o.day_class = j.day_class AND o.day < j.day
      ORDER BY o.day DESC
      LIMIT 12
    ) o
  ) own
  CROSS JOIN LATERAL (  -- the kind beside it, as long as there are too few of its own
    SELECT coalesce(array_agg(o.day ORDER BY o.day), '{}') AS days, coalesce(array_agg(o.y ORDER BY o.day), '{}') AS ys, array_agg(o.log_y) AS logs
    FROM (
      SELECT o.day, o.y, o.log_y
      FROM usual_day o
      WHERE o.customer_id = j.customer_id AND o.part = j.part AND o.day_class = j.like_class AND o.day < j.day AND cardinality(own.days) < 6
      ORDER BY o.day DESC
      LIMIT 12
    ) o
  ) alike
  LEFT JOIN LATERAL (
    SELECT CAST(r.setting ->> 'quarter_end' AS float8) AS factor
    FROM ops.exception_rule r
    WHERE r.customer_id = j.customer_id AND r.key = 'unusual_day' AND j.is_quarter_end AND j.over_at >= r.valid_from AND j.over_at < r.valid_to
    ORDER BY r.valid_from DESC
    LIMIT 1
  ) q ON true
),
weighed AS (
  SELECT
    x.*, m.spread,
    CASE
      WHEN NOT x.is_quarter_end OR cardinality(x.own_logs) >= 6 THEN m.middle
      WHEN x.factor IS NOT NULL THEN ln(1 + x.factor * (exp(m.middle) - 1))
      WHEN cardinality(x.own_logs) >= 2 THEN (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY v.log_y) FROM unnest(x.own_logs) v (log_y))
    END AS middle,
    CASE
      WHEN cardinality(x.own_logs) >= 6 OR x.like_class IS NULL THEN NULL
      WHEN NOT x.is_quarter_end THEN 'closed days'
      WHEN x.factor IS NOT NULL THEN 'ends of months, times ' || x.factor
      ELSE 'few ends of quarters, spread as ends of months'
    END AS compared_with
  FROM compared x
-- include: usual
),
exception_day AS MATERIALIZED (
  SELECT
    u.customer_id, u.part, u.day, u.last_day, u.day_class, u.is_read, u.y, cardinality(u.comparable_day) AS n, u.comparable_day, u.comparable_y,
    u.compared_with, u.middle, u.spread, u.z, u.is_unusual,
    u.is_unusual AND coalesce(bool_or(u.is_unusual) OVER (
      PARTITION BY u.customer_id, u.line ORDER BY u.bucket RANGE BETWEEN 2 PRECEDING AND 1 PRECEDING), false) AS is_alert
  FROM (
    SELECT
      w.*, (w.log_y - w.middle) / w.spread AS z,
      w.is_read AND coalesce(abs(w.log_y - w.middle) / w.spread > 4 AND abs(w.y - (exp(w.middle) - 1)) >= 5, false) AS is_unusual,
      CASE WHEN CAST(:by AS text) = 'hours' THEN '' ELSE w.part END AS line,
      CASE WHEN CAST(:by AS text) = 'hours' THEN 4 * (w.day - DATE '2000-01-01') + CAST(left(w.part, 2) AS int) / 6 ELSE w.day - DATE '2000-01-01' END AS bucket
    FROM weighed w
  ) u
)
