-- Exceptions by local day, or by quarter of a day, each beside what is usual on such a day.
-- expects: params customer_ids int[]; until, as_of timestamptz (as_of null: now); by text (null, class, flow, day, hours); step judged_since
--          (see day_class)
-- gives:   trend_look (see day_class); exception_day, one row per customer, part and day that is judged and the two before it: day date, day_class
--          text, y bigint, is_read boolean, n (comparable days), middle, spread, z float8, comparable_day date[], comparable_y bigint[], compared_with
--          text, held_since date (days from then on are no comparison: an incident was open; null: none was), is_unusual, is_alert boolean (unusual,
--          and so was one of the two days before; by hours: of the two bands before)
-- source:  metrics.md A14 and 4.4: robust z of log(1 + count) over up to twelve days of the same kind, no fewer than six. A day that was itself
--          unusual among those before it is no comparison: else last month's outage becomes usual. [ours] a spread below a tenth counts as a
--          tenth, and less than five more or fewer than usual is never unusual. Fewer than six ends of quarters: they spread as ends of months do,
--          around what the rule's setting says, else around two or more of themselves; fewer than six holidays: as weekends. Fragments
--          held_baseline, kin_day
-- include: day_class
,
-- nobody has days before the first transaction or exception: quiet then was not quiet
trend_part AS (
  SELECT l.customer_id, k.part, CAST(NULL AS text) AS kin, coalesce(least(d.day, o.day), CAST('-infinity' AS date)) AS began_on
  FROM trend_look l
  LEFT JOIN LATERAL (SELECT d.day FROM kpi.flow_day d WHERE d.customer_id = l.customer_id ORDER BY d.starts_at LIMIT 1) d ON true
  CROSS JOIN LATERAL (
    SELECT CAST(min(o.occurred_at) AT TIME ZONE l.time_zone AS date) AS day
    FROM ops.exception_occurrence o
    WHERE o.customer_id = l.customer_id AND o.cleared_at IS DISTINCT FROM o.occurred_at
  ) o
  CROSS JOIN unnest(CASE CAST(:by AS text) WHEN 'class' THEN ARRAY['technical', 'business'] WHEN 'flow' THEN ARRAY['(no flow)']
                                           WHEN 'hours' THEN ARRAY['00-06', '06-12', '12-18', '18-24'] ELSE ARRAY[''] END) k (part)
  UNION ALL
  SELECT f.customer_id, f.key, f.workflow, least(d.day, CAST(o.occurred_at AT TIME ZONE l.time_zone AS date))
  FROM trend_look l
  JOIN ops.flow f ON f.customer_id = l.customer_id AND f.removed_at IS NULL
  LEFT JOIN (
    SELECT d.customer_id, d.flow_id, min(d.day) AS day
    FROM kpi.flow_day d
    WHERE d.customer_id = ANY (CAST(:customer_ids AS int[])) AND CAST(:by AS text) = 'flow'
    GROUP BY d.customer_id, d.flow_id
  ) d ON d.customer_id = f.customer_id AND d.flow_id = f.flow_id
  LEFT JOIN LATERAL (
    SELECT o.occurred_at
    FROM ops.exception_occurrence o
    WHERE o.customer_id = f.customer_id AND o.flow_id = f.flow_id AND o.cleared_at IS DISTINCT FROM o.occurred_at
    ORDER BY o.occurred_at
    LIMIT 1
  ) o ON true
  WHERE f.customer_id = ANY (CAST(:customer_ids AS int[])) AND CAST(:by AS text) = 'flow'
),
happened AS (
  SELECT
    o.customer_id,
    CASE CAST(:by AS text) WHEN 'class' THEN e.class WHEN 'flow' THEN coalesce(f.key, '(no flow)')
      WHEN 'hours' THEN (ARRAY['00-06', '06-12', '12-18', '18-24'])[1 + CAST(extract(hour FROM o.occurred_at AT TIME ZONE l.time_zone) AS int) / 6] ELSE '' END AS part,
    CAST(o.occurred_at AT TIME ZONE l.time_zone AS date) AS day, count(*) AS y
  FROM trend_look l
  JOIN ops.exception_occurrence o ON o.customer_id = l.customer_id AND o.occurred_at < l.at
    AND o.occurred_at >= l.starts_at AND o.cleared_at IS DISTINCT FROM o.occurred_at
  JOIN ops.exception e ON e.customer_id = o.customer_id AND e.exception_id = o.exception_id AND e.rule <> 'unusual_day'
  LEFT JOIN ops.flow f ON f.customer_id = o.customer_id AND f.flow_id = o.flow_id
  WHERE o.customer_id = ANY (CAST(:customer_ids AS int[]))
  GROUP BY 1, 2, 3
),
-- added up instead of joined: the planner takes what happened for one row, and would read it again for every day
series AS MATERIALIZED (
  SELECT
    x.customer_id, x.part, max(x.kin) AS kin, x.day, max(x.day_class) AS day_class, max(x.reach) AS reach, bool_or(x.is_read) AS is_read,
    bool_or(x.is_known) AS is_known, max(x.ends_at) AS over_at, CAST(sum(x.y) AS bigint) AS y, ln(1 + CAST(sum(x.y) AS float8)) AS log_y,
    max(x.day_class) LIKE '% of the quarter' AS is_quarter_end,
    CASE WHEN max(x.day_class) LIKE '% of the quarter' THEN replace(max(x.day_class), 'quarter', 'month')
         WHEN max(x.day_class) = 'holiday' THEN 'closed' END AS like_class
  FROM (
    SELECT
      d.customer_id, p.part, p.kin, d.day, d.day_class, d.reach, d.is_read, d.is_read AND coalesce(d.day >= p.began_on, false) AS is_known, d.ends_at,
      0 AS y
    FROM classed_day d
    JOIN trend_part p ON p.customer_id = d.customer_id
    UNION ALL
    SELECT h.customer_id, h.part, NULL, h.day, NULL, NULL, NULL, NULL, NULL, h.y
    FROM happened h
  ) x
  GROUP BY x.customer_id, x.part, x.day
  HAVING max(x.day_class) IS NOT NULL
),
-- include: held_baseline
,
judged_day AS MATERIALIZED (
  SELECT s.*, h.held_since
  FROM series s
  JOIN trend_look l ON l.customer_id = s.customer_id AND s.day >= l.first_day
  LEFT JOIN LATERAL (
    SELECT min(b.since_day) AS held_since
    FROM held_baseline b
    WHERE b.customer_id = s.customer_id AND b.part = s.part AND b.from_at <= s.over_at AND b.until_at > s.over_at
  ) h ON true
),
asked_kind AS MATERIALIZED (
  SELECT DISTINCT j.customer_id, k.class
  FROM judged_day j
  CROSS JOIN LATERAL (VALUES (j.day_class), (j.like_class)) k (class)
),
-- days of the kinds that are asked for, each held against those before it: what was unusual then is no comparison now
usual_day AS MATERIALIZED (
  SELECT x.customer_id, x.part, x.day_class, x.day, x.reach, x.y, x.log_y
  FROM (
    SELECT
      b.customer_id, b.part, b.day_class, b.day, b.reach, b.y, b.log_y,
      CASE WHEN b.days[1] >= b.day - b.reach THEN b.logs
           ELSE (SELECT array_agg(u.log_y) FROM unnest(b.days, b.logs) u (day, log_y) WHERE u.day >= b.day - b.reach) END AS logs
    FROM (
      SELECT s.*, array_agg(s.log_y) OVER before AS logs, array_agg(s.day) OVER before AS days
      FROM series s
      WHERE s.is_known
        AND (s.customer_id, s.day_class) IN (SELECT k.customer_id, k.class FROM asked_kind k)
      WINDOW before AS (PARTITION BY s.customer_id, s.part, s.day_class ORDER BY s.day ROWS BETWEEN 12 PRECEDING AND 1 PRECEDING)
    ) b
  ) x
-- include: usual
  WHERE NOT coalesce(cardinality(x.logs) >= 6 AND abs(x.log_y - m.middle) > 4 * m.spread AND abs(x.y - (exp(m.middle) - 1)) >= 5, false)
),
usual_kind AS MATERIALIZED (
  SELECT
    o.customer_id, o.part, o.day_class, o.reach, array_agg(o.day ORDER BY o.day) AS days, array_agg(o.y ORDER BY o.day) AS ys,
    array_agg(o.log_y ORDER BY o.day) AS logs
  FROM usual_day o
  GROUP BY o.customer_id, o.part, o.day_class, o.reach
),
-- of its kind, and of the kind beside it as long as there are too few
history AS (
  SELECT
    j.*, own.days AS own_days, own.ys AS own_ys, own.logs AS own_logs, alike.days AS like_days, alike.ys AS like_ys, alike.logs AS like_logs,
    j.like_class IS NOT NULL AND cardinality(own.days) < 6 AS is_few
  FROM judged_day j
  LEFT JOIN usual_kind k ON k.customer_id = j.customer_id AND k.part = j.part AND k.day_class = j.day_class
  LEFT JOIN usual_kind a ON a.customer_id = j.customer_id AND a.part = j.part AND a.day_class = j.like_class
  CROSS JOIN LATERAL (
    SELECT
      coalesce(array_agg(u.day ORDER BY u.day), '{}') AS days, coalesce(array_agg(u.y ORDER BY u.day), '{}') AS ys,
      coalesce(array_agg(u.log_y ORDER BY u.day), '{}') AS logs
    FROM (
      SELECT u.day, u.y, u.log_y
      FROM unnest(k.days, k.ys, k.logs) u (day, y, log_y)
      WHERE u.day < least(j.day, j.held_since) AND u.day >= j.day - k.reach
      ORDER BY u.day DESC
      LIMIT 12
    ) u
  ) own
  CROSS JOIN LATERAL (
    SELECT
      coalesce(array_agg(u.day ORDER BY u.day), '{}') AS days, coalesce(array_agg(u.y ORDER BY u.day), '{}') AS ys,
      coalesce(array_agg(u.log_y ORDER BY u.day), '{}') AS logs
    FROM (
      SELECT u.day, u.y, u.log_y
      FROM unnest(a.days, a.ys, a.logs) u (day, y, log_y)
      WHERE u.day < least(j.day, j.held_since) AND u.day >= j.day - a.reach
      ORDER BY u.day DESC
      LIMIT 12
    ) u
  ) alike
),
compared AS MATERIALIZED (
  SELECT
    h.*, q.factor, CASE WHEN h.is_few THEN h.like_logs ELSE h.own_logs END AS logs, CASE WHEN h.is_few THEN h.like_class ELSE h.day_class END AS class,
    CASE WHEN h.is_few THEN h.own_days || h.like_days ELSE h.own_days END AS comparable_day,
    CASE WHEN h.is_few THEN h.own_ys || h.like_ys ELSE h.own_ys END AS comparable_y
  FROM history h
  LEFT JOIN LATERAL (
    SELECT CAST(r.setting ->> 'quarter_end' AS float8) AS factor
    FROM ops.exception_rule r
    WHERE r.customer_id = h.customer_id AND r.key = 'unusual_day' AND h.is_quarter_end AND h.over_at >= r.valid_from AND h.over_at < r.valid_to
    ORDER BY r.valid_from DESC
    LIMIT 1
  ) q ON true
),
-- include: kin_day
,
weighed AS (
  SELECT
    w.*,
    CASE
      WHEN NOT w.is_quarter_end OR cardinality(w.own_logs) >= 6 THEN w.of_kind
      WHEN w.factor IS NOT NULL THEN ln(1 + w.factor * (exp(w.of_kind) - 1))
      WHEN cardinality(w.own_logs) >= 2 THEN (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY v.log_y) FROM unnest(w.own_logs) v (log_y))
    END AS middle,
    nullif(concat_ws('; ',
      CASE
        WHEN cardinality(w.own_logs) >= 6 OR w.like_class IS NULL THEN NULL
        WHEN NOT w.is_quarter_end THEN 'closed days'
        WHEN w.factor IS NOT NULL THEN 'ends of months, times ' || w.factor
        ELSE 'few ends of quarters, spread as ends of months'
      END,
      CASE WHEN w.n_borrowed > 0 THEN w.n_borrowed || ' days of flows of its kind' END), '') AS compared_with
  FROM shrunk w
),
exception_day AS MATERIALIZED (
  SELECT
    u.customer_id, u.part, u.day, u.day_class, u.is_read, u.y, cardinality(u.comparable_day) + u.n_borrowed AS n, u.comparable_day, u.comparable_y,
    u.compared_with, u.held_since, u.middle, u.spread, u.z, u.is_unusual,
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
