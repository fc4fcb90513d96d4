-- B4: how many times faster than it may is the error budget being used?
-- grain:   one row per customer and part; a null value when nothing was decided, or no success rate is agreed
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (null, flow, system, workflow)
-- columns: customer_id int; part, currency text; value float8 (over the period; 1: the budget lasts exactly its window); numerator (bad),
--          denominator (decided) numeric; unknown, sample bigint; low, high float8 (null); beside them, up to the end of the period:
--          severity text (page, ticket; null: nobody is called), why text; burn_5m, burn_30m, burn_1h, burn_2h, burn_6h, burn_1d, burn_3d
--          float8 (null: nothing decided); thresholds numeric[] (of the tiers 1h, 6h, 1d, 3d; null: no window agreed), unreachable text[]
--          (tiers that even a total failure cannot reach), is_low_traffic boolean, lasts_seconds float8 (a whole budget, at the burn rate of
--          the last day), target numeric, window_name text
-- source:  metrics.md B4; Google SRE Workbook, "Alerting on SLOs": thresholds scale with the window of the target, a lower tier is silent
--          while a higher one calls. [ours] a page needs at least three failures to be reached; below 1,000 transactions in 30 days nobody
--          is paged and any failure of the last day is a ticket
WITH
-- include: burn
,
-- include: parts
,
placed AS (
  SELECT b.*, f.part, l.at - b.known_at AS ago
  FROM burning b
  JOIN burn_look l ON l.customer_id = b.customer_id
  JOIN part_of_flow f ON f.customer_id = b.customer_id AND f.flow_id = b.flow_id
),
recent AS (
  -- the fewer run, the more one failure seems to say
  SELECT r.customer_id, f.part, count(*) AS begun
  FROM burn_look l
  JOIN raw.run r ON r.customer_id = l.customer_id AND r.due_at >= l.at - interval '30 days' AND r.due_at < l.at
    AND r.external_id = r.transaction_key AND r.trigger <> 'test'
  JOIN part_of_flow f ON f.customer_id = r.customer_id AND f.flow_id = r.flow_id
  WHERE r.customer_id = ANY (CAST(:customer_ids AS int[]))
  GROUP BY r.customer_id, f.part
),
summed AS (
  SELECT
    p.customer_id, p.part, count(*) FILTER (WHERE p.is_in_period AND p.is_bad) AS bad, count(*) FILTER (WHERE p.is_in_period) AS valid,
    sum(p.budget) FILTER (WHERE p.is_in_period) AS budget
  FROM placed p
  GROUP BY p.customer_id, p.part
),
-- in each stretch of time that a tier looks at
stretch AS (
  SELECT
    p.customer_id, p.part, w.seconds, count(*) FILTER (WHERE p.is_bad) AS bad, count(*) AS valid, sum(p.budget) AS budget,
    kpi.burn_rate(count(*) FILTER (WHERE p.is_bad), sum(p.budget)) AS burn
  FROM placed p
  JOIN (SELECT t.long_seconds AS seconds FROM burn_tier t UNION SELECT t.short_seconds FROM burn_tier t) w
    ON p.ago <= make_interval(secs => w.seconds)
  GROUP BY p.customer_id, p.part, w.seconds
),
tier AS (
  SELECT
    g.customer_id, g.part, t.number, t.severity, t.long_seconds, n.threshold, n.threshold * kpi.budget(1, l.target) > 1 AS is_unreachable,
    -- by multiplication, so that nothing is rounded: bad > threshold · budget
    o.bad * t.long_seconds > t.budget_share * l.window_seconds * o.budget
      -- a short stretch in which nothing was decided shows no recovery
      AND coalesce(s.bad * t.long_seconds > t.budget_share * l.window_seconds * s.budget, true) AS is_burning,
    t.severity = 'ticket' OR o.budget * n.threshold >= 3 AS is_proof
  FROM (SELECT p.customer_id, p.part FROM part p UNION SELECT s.customer_id, s.part FROM summed s) g
  JOIN burn_look l ON l.customer_id = g.customer_id
  CROSS JOIN burn_tier t
  CROSS JOIN LATERAL (SELECT kpi.burn_threshold(t.budget_share, l.window_seconds, t.long_seconds) AS threshold) n
  LEFT JOIN stretch o ON o.customer_id = g.customer_id AND o.part = g.part AND o.seconds = t.long_seconds
  LEFT JOIN stretch s ON s.customer_id = g.customer_id AND s.part = g.part AND s.seconds = t.short_seconds
),
called AS (
  SELECT
    t.customer_id, t.part, array_agg(t.threshold ORDER BY t.number) FILTER (WHERE t.threshold IS NOT NULL) AS thresholds,
    coalesce(array_agg(t.long_seconds / 3600 || ' h' ORDER BY t.number) FILTER (WHERE t.is_unreachable), '{}') AS unreachable,
    min(t.number) FILTER (WHERE t.is_burning AND t.is_proof AND NOT t.is_unreachable) AS number,
    min(t.number) FILTER (WHERE t.is_burning AND t.severity = 'ticket' AND NOT t.is_unreachable) AS ticket_number
  FROM tier t
  GROUP BY t.customer_id, t.part
),
answer AS (
  SELECT
    c.customer_id, c.part, l.target, l.window_name, l.window_seconds, c.thresholds, c.unreachable,
    coalesce(r.begun, 0) < 1000 AS is_low_traffic, d.bad AS bad_today, d.burn AS burn_today,
    CASE WHEN coalesce(r.begun, 0) < 1000 THEN c.ticket_number ELSE c.number END AS number
  FROM called c
  JOIN burn_look l ON l.customer_id = c.customer_id
  LEFT JOIN recent r ON r.customer_id = c.customer_id AND r.part = c.part
  LEFT JOIN stretch d ON d.customer_id = c.customer_id AND d.part = c.part AND d.seconds = 86400
)
SELECT
  a.customer_id, a.part, CAST(NULL AS text) AS currency, CAST(kpi.burn_rate(s.bad, s.budget) AS float8) AS value,
  CAST(coalesce(s.bad, 0) AS numeric) AS numerator, CAST(coalesce(s.valid, 0) AS numeric) AS denominator, CAST(0 AS bigint) AS unknown,
  coalesce(s.valid, 0) AS sample, CAST(NULL AS float8) AS low, CAST(NULL AS float8) AS high,
  coalesce(t.severity, CASE WHEN a.is_low_traffic AND a.bad_today > 0 THEN 'ticket' END) AS severity,
  CASE
    WHEN t.severity IS NOT NULL THEN 'burning for ' || t.long_seconds / 3600 || ' h and still'
    WHEN a.is_low_traffic AND a.bad_today > 0 THEN 'few transactions: any failure counts'
    WHEN a.target IS NULL THEN 'no success rate is agreed'
    WHEN a.window_seconds IS NULL THEN 'no window is agreed'
  END AS why,
  w.burn_5m, w.burn_30m, w.burn_1h, w.burn_2h, w.burn_6h, w.burn_1d, w.burn_3d, a.thresholds, a.unreachable, a.is_low_traffic,
  CAST(kpi.budget_lasts(1, a.burn_today, a.window_seconds) AS float8) AS lasts_seconds, a.target, a.window_name
FROM answer a
LEFT JOIN summed s ON s.customer_id = a.customer_id AND s.part = a.part
LEFT JOIN burn_tier t ON t.number = a.number
LEFT JOIN LATERAL (
  SELECT
    CAST(max(x.burn) FILTER (WHERE x.seconds = 300) AS float8) AS burn_5m, CAST(max(x.burn) FILTER (WHERE x.seconds = 1800) AS float8) AS burn_30m,
    CAST(max(x.burn) FILTER (WHERE x.seconds = 3600) AS float8) AS burn_1h, CAST(max(x.burn) FILTER (WHERE x.seconds = 7200) AS float8) AS burn_2h,
    CAST(max(x.burn) FILTER (WHERE x.seconds = 21600) AS float8) AS burn_6h, CAST(max(x.burn) FILTER (WHERE x.seconds = 86400) AS float8) AS burn_1d,
    CAST(max(x.burn) FILTER (WHERE x.seconds = 259200) AS float8) AS burn_3d
  FROM stretch x
  WHERE x.customer_id = a.customer_id AND x.part = a.part
) w ON true
ORDER BY a.customer_id, a.part
