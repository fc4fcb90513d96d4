-- Five-minute slices of the agreed service time, and in which of them the service was down.
-- expects: agreed, part_of_flow (fragments agreed, parts); params customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text
-- gives:   service_slice, one row per customer, part and slice of agreed service time that is over and decided: slice_at, valid, good, day,
--          verdict (up, down, quiet: nothing was due and the terms do not say what that means), outage (which stretch of down slices);
--          slices left out as quiet by agreement are not in it
-- source:  metrics.md B1. [ours] down is three slices in a row in which less than half succeeded; the terms say when the service runs
--          (service_time: always, or a calendar's key) and what a slice without traffic counts as (quiet: up or left_out)
service_look AS (
  SELECT least(CAST(:until AS timestamptz), coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond') AS at
),
service_hours AS (
  SELECT a.customer_id, a.objective ->> 'quiet' AS quiet, greatest(a.valid_from, CAST(:since AS timestamptz)) AS from_at, least(a.valid_to, l.at) AS to_at
  FROM agreed a
  CROSS JOIN service_look l
  WHERE a.metric IN ('availability', 'B1') AND a.objective ->> 'service_time' = 'always'
  UNION ALL
  SELECT a.customer_id, a.objective ->> 'quiet', greatest(w.opens_at, a.valid_from, CAST(:since AS timestamptz)), least(w.closes_at, a.valid_to, l.at)
  FROM agreed a
  CROSS JOIN service_look l
  JOIN ops.calendar k ON k.customer_id = a.customer_id AND k.key = a.objective ->> 'service_time'
  JOIN ops.calendar_window w ON w.customer_id = k.customer_id AND w.calendar_id = k.calendar_id AND w.opens_at < l.at AND w.closes_at > CAST(:since AS timestamptz)
  WHERE a.metric IN ('availability', 'B1')
),
agreed_slice AS MATERIALIZED (
  SELECT h.customer_id, g.slice_at, h.quiet, to_char(g.slice_at AT TIME ZONE c.time_zone, 'YYYY-MM-DD') AS day
  FROM service_hours h
  JOIN ops.customer c ON c.customer_id = h.customer_id
  -- whole slices, counted from the beginning of the period
  CROSS JOIN LATERAL generate_series(
    CAST(:since AS timestamptz) + ceil(extract(epoch FROM h.from_at - CAST(:since AS timestamptz)) / 300) * interval '5 minutes',
    h.to_at - interval '5 minutes', interval '5 minutes') g (slice_at)
),
slice_transaction AS MATERIALIZED (
  SELECT t.customer_id, t.flow_id, date_bin(interval '5 minutes', t.t0, CAST(:since AS timestamptz)) AS slice_at, t.outcome
  FROM kpi.transaction t
  WHERE t.customer_id = ANY (ARRAY(SELECT DISTINCT s.customer_id FROM agreed_slice s))
    AND t.t0 >= CAST(:since AS timestamptz) AND t.t0 < CAST(:until AS timestamptz)
),
slice_traffic AS (
  SELECT
    t.customer_id, f.part, t.slice_at, count(*) FILTER (WHERE t.outcome IN ('S1', 'S2')) AS good,
    count(*) FILTER (WHERE t.outcome IN ('S1', 'S2', 'S3', 'F', 'O+', 'M')) AS valid, count(*) FILTER (WHERE t.outcome IN ('O', 'unknown')) AS undecided
  FROM slice_transaction t
  JOIN part_of_flow f ON f.customer_id = t.customer_id AND f.flow_id = t.flow_id
  GROUP BY 1, 2, 3
),
-- one pile instead of a join: the planner cannot know how many slices there are
slice_pile AS (
  SELECT s.customer_id, p.part, s.slice_at, s.day, s.quiet, 0 AS good, 0 AS valid, 0 AS undecided, true AS is_agreed
  FROM agreed_slice s
  JOIN (
    SELECT DISTINCT f.customer_id, f.part FROM part_of_flow f WHERE coalesce(f.removed_at > CAST(:since AS timestamptz), true)
  ) p ON p.customer_id = s.customer_id
  UNION ALL
  SELECT t.customer_id, t.part, t.slice_at, NULL, NULL, t.good, t.valid, t.undecided, false
  FROM slice_traffic t
),
decided_slice AS (
  SELECT
    p.customer_id, p.part, p.slice_at, max(p.day) AS day, max(p.quiet) AS quiet, sum(p.good) AS good, sum(p.valid) AS valid,
    sum(p.good) * 2 < sum(p.valid) AS is_bad
  FROM slice_pile p
  GROUP BY p.customer_id, p.part, p.slice_at
  HAVING bool_or(p.is_agreed) AND (sum(p.valid) > 0 OR sum(p.undecided) = 0 AND max(p.quiet) IS DISTINCT FROM 'left_out')
),
slice_run AS (
  SELECT d.*,
    row_number() OVER (PARTITION BY d.customer_id, d.part ORDER BY d.slice_at)
    - row_number() OVER (PARTITION BY d.customer_id, d.part, d.is_bad ORDER BY d.slice_at) AS outage
  FROM decided_slice d
),
service_slice AS MATERIALIZED (
  SELECT
    r.customer_id, r.part, r.slice_at, r.day, r.good, r.valid, CASE WHEN r.is_bad THEN r.outage END AS outage,
    CASE
      WHEN r.is_bad AND count(*) OVER (PARTITION BY r.customer_id, r.part, r.is_bad, r.outage) >= 3 THEN 'down'
      WHEN r.valid = 0 AND r.quiet IS DISTINCT FROM 'up' THEN 'quiet'
      ELSE 'up'
    END AS verdict
  FROM slice_run r
)
