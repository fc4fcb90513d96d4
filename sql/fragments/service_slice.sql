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
agreed_slice AS MATERIALIZED (
  SELECT a.customer_id, g.slice_at, a.objective ->> 'quiet' AS quiet, to_char(g.slice_at AT TIME ZONE c.time_zone, 'YYYY-MM-DD') AS day
  FROM agreed a
  JOIN ops.customer c ON c.customer_id = a.customer_id
  CROSS JOIN service_look l
  CROSS JOIN LATERAL generate_series(CAST(:since AS timestamptz), l.at - interval '5 minutes', interval '5 minutes') g (slice_at)
  LEFT JOIN ops.calendar k ON k.customer_id = a.customer_id AND k.key = a.objective ->> 'service_time'
  LEFT JOIN LATERAL (
    SELECT w.closes_at
    FROM ops.calendar_window w
    WHERE w.customer_id = k.customer_id AND w.calendar_id = k.calendar_id AND w.opens_at <= g.slice_at
    ORDER BY w.opens_at DESC
    LIMIT 1
  ) w ON true
  WHERE a.metric IN ('availability', 'B1') AND a.valid_from <= g.slice_at AND g.slice_at < a.valid_to
    AND (a.objective ->> 'service_time' = 'always' OR w.closes_at >= g.slice_at + interval '5 minutes')
),
slice_traffic AS MATERIALIZED (
  SELECT
    t.customer_id, f.part, date_bin(interval '5 minutes', t.t0, CAST(:since AS timestamptz)) AS slice_at,
    count(*) FILTER (WHERE t.outcome IN ('S1', 'S2')) AS good, count(*) FILTER (WHERE t.outcome IN ('S1', 'S2', 'S3', 'F', 'O+', 'M')) AS valid,
    count(*) FILTER (WHERE t.outcome IN ('O', 'unknown')) AS undecided
  FROM kpi.transaction t
  JOIN part_of_flow f ON f.customer_id = t.customer_id AND f.flow_id = t.flow_id
  WHERE t.customer_id = ANY (CAST(:customer_ids AS int[])) AND t.t0 >= CAST(:since AS timestamptz) AND t.t0 < CAST(:until AS timestamptz)
    AND EXISTS (SELECT FROM agreed a WHERE a.customer_id = t.customer_id AND a.metric IN ('availability', 'B1'))
  GROUP BY 1, 2, 3
),
decided_slice AS (
  SELECT s.customer_id, p.part, s.slice_at, s.day, s.quiet, coalesce(t.good, 0) AS good, coalesce(t.valid, 0) AS valid,
    coalesce(t.good * 2 < t.valid, false) AS is_bad
  FROM agreed_slice s
  JOIN (
    SELECT DISTINCT f.customer_id, f.part FROM part_of_flow f WHERE coalesce(f.removed_at > CAST(:since AS timestamptz), true)
  ) p ON p.customer_id = s.customer_id
  LEFT JOIN slice_traffic t ON t.customer_id = s.customer_id AND t.part = p.part AND t.slice_at = s.slice_at
  WHERE t.valid > 0 OR coalesce(t.undecided, 0) = 0 AND s.quiet IS DISTINCT FROM 'left_out'
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
