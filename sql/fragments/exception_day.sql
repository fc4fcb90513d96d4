-- Exceptions by local day, each beside what is usual on such a day.
-- expects: params customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (null, class, flow, day)
-- gives:   trend_look (customer_id, time_zone, at, last_day: the last day that was over by then); exception_day, one row per customer, part and
--          day that is judged (the last day, or by 'day' every day of the period) and the two before it: day date, day_class text, y bigint,
--          is_read boolean, n (comparable days), middle, spread, z float8, comparable_day date[], comparable_y bigint[], is_unusual boolean
-- source:  metrics.md A14: robust z of log(1 + count) over up to twelve days of the same kind, no fewer than six; the last and the first
--          three business days of a month are kinds of their own: monthly seasonality is no period of 30 days (Hyndman). [ours] a
--          spread below a tenth counts as a tenth, and less than five more or fewer than usual is never unusual
trend_look AS (
  SELECT c.customer_id, c.time_zone, l.at, CAST(l.at AT TIME ZONE c.time_zone AS date) - 1 AS last_day
  FROM ops.customer c
  CROSS JOIN (
    SELECT least(CAST(:until AS timestamptz), coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond') AS at
  ) l
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
    l.customer_id, d.day, l.last_day, coalesce(r.windows @> tstzrange(d.begins_at, d.ends_at), false) AS is_read,
    CASE WHEN b.filled_from <= d.begins_at AND b.filled_until >= d.begins_at THEN coalesce(w.closes_at > d.begins_at, false)
         ELSE extract(isodow FROM d.day) < 6 END AS is_business
  FROM trend_look l
  CROSS JOIN LATERAL (
    SELECT CAST(g.at AS date) AS day, kpi.instant(g.at, l.time_zone) AS begins_at, kpi.instant(g.at + interval '1 day', l.time_zone) AS ends_at
    FROM generate_series(date_trunc('month', CAST(l.last_day - 400 AS timestamp)),
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
    d.customer_id, d.day, d.last_day, d.is_read,
    CASE
      WHEN NOT d.is_business THEN 'closed'
      WHEN d.from_end <= 3 THEN 'business day -' || d.from_end || ' of the month'
      WHEN d.from_start <= 3 THEN 'business day ' || d.from_start || ' of the month'
      ELSE lower(to_char(d.day, 'FMDay'))
    END AS day_class
  FROM (
    SELECT
      t.*, sum(CAST(t.is_business AS int)) OVER (PARTITION BY t.customer_id, date_trunc('month', t.day) ORDER BY t.day) AS from_start,
      sum(CAST(t.is_business AS int)) OVER (PARTITION BY t.customer_id, date_trunc('month', t.day) ORDER BY t.day DESC) AS from_end
    FROM trend_day t
  ) d
  WHERE d.day <= d.last_day
),
trend_part AS (
  SELECT l.customer_id, k.part
  FROM trend_look l
  CROSS JOIN unnest(CASE CAST(:by AS text) WHEN 'class' THEN ARRAY['technical', 'business'] WHEN 'flow' THEN ARRAY['(no flow)'] ELSE ARRAY[''] END) k (part)
  UNION
  SELECT f.customer_id, f.key
  FROM ops.flow f
  WHERE f.customer_id = ANY (CAST(:customer_ids AS int[])) AND CAST(:by AS text) = 'flow' AND f.removed_at IS NULL
),
happened AS (
  SELECT
    o.customer_id, CASE CAST(:by AS text) WHEN 'class' THEN e.class WHEN 'flow' THEN coalesce(f.key, '(no flow)') ELSE '' END AS part,
    CAST(o.occurred_at AT TIME ZONE l.time_zone AS date) AS day, count(*) AS y
  FROM trend_look l
  JOIN ops.exception_occurrence o ON o.customer_id = l.customer_id AND o.occurred_at < l.at
    AND o.occurred_at >= l.at - interval '440 days' AND o.cleared_at IS DISTINCT FROM o.occurred_at
  JOIN ops.exception e ON e.customer_id = o.customer_id AND e.exception_id = o.exception_id AND e.rule <> 'unusual_day'
  LEFT JOIN ops.flow f ON f.customer_id = o.customer_id AND f.flow_id = o.flow_id
  WHERE o.customer_id = ANY (CAST(:customer_ids AS int[]))
  GROUP BY 1, 2, 3
),
series AS MATERIALIZED (
  SELECT d.customer_id, p.part, d.day, d.last_day, d.day_class, d.is_read, coalesce(h.y, 0) AS y
  FROM classed_day d
  JOIN trend_part p ON p.customer_id = d.customer_id
  LEFT JOIN happened h ON h.customer_id = d.customer_id AND h.part = p.part AND h.day = d.day
),
exception_day AS MATERIALIZED (
  SELECT
    s.*, b.n, b.comparable_day, b.comparable_y, m.middle, m.spread, (ln(1 + s.y) - m.middle) / m.spread AS z,
    s.is_read AND coalesce(abs(ln(1 + s.y) - m.middle) / m.spread > 4 AND abs(s.y - (exp(m.middle) - 1)) >= 5, false) AS is_unusual
  FROM series s
  JOIN trend_look l ON l.customer_id = s.customer_id
  CROSS JOIN LATERAL (
    SELECT count(*) AS n, array_agg(x.day ORDER BY x.day) AS comparable_day, array_agg(x.y ORDER BY x.day) AS comparable_y
    FROM (
      SELECT o.day, o.y
      FROM series o
      WHERE o.customer_id = s.customer_id AND o.part = s.part AND o.day_class = s.day_class AND o.day < s.day AND o.is_read
      ORDER BY o.day DESC
      LIMIT 12
    ) x
  ) b
  LEFT JOIN LATERAL (
    SELECT c.middle, greatest(0.1, 1.4826 * percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(ln(1 + CAST(u.y AS float8)) - c.middle))) AS spread
    FROM (
      SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY ln(1 + CAST(v.y AS float8))) AS middle FROM unnest(b.comparable_y) v (y)
    ) c
    CROSS JOIN unnest(b.comparable_y) u (y)
    GROUP BY c.middle
  ) m ON b.n >= 6
  WHERE s.day >= CASE WHEN CAST(:by AS text) = 'day' THEN CAST(CAST(:since AS timestamptz) AT TIME ZONE l.time_zone AS date) ELSE s.last_day END - 2
)
