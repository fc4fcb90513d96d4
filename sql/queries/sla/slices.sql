-- The slices of service time in a window that are over, and what came due in each.
-- grain:   one row per customer and slice; slices are counted from the beginning of the window, whole ones only
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); slice_seconds int; calendar text (null: always);
--          flow_ids int[] (null: all)
-- columns: customer_id int; slice_at timestamptz; k (right and in time), n (decided), unknown bigint (nobody can tell, or undecided)
-- source:  metrics.md A1; OpenSLO, budgeting methods Timeslices and RatioTimeslices; view kpi.transaction
WITH
slice_look AS (
  SELECT least(CAST(:until AS timestamptz), coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond') AS at
),
slice_hours AS (
  SELECT c.customer_id, CAST(:since AS timestamptz) AS from_at, l.at AS to_at
  FROM ops.customer c
  CROSS JOIN slice_look l
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[])) AND CAST(:calendar AS text) IS NULL
  UNION ALL
  SELECT w.customer_id, greatest(w.opens_at, CAST(:since AS timestamptz)), least(w.closes_at, l.at)
  FROM slice_look l
  JOIN ops.calendar_window w ON w.opens_at < l.at AND w.closes_at > CAST(:since AS timestamptz)
  JOIN ops.calendar k ON k.customer_id = w.customer_id AND k.calendar_id = w.calendar_id AND k.key = CAST(:calendar AS text)
  WHERE w.customer_id = ANY (CAST(:customer_ids AS int[]))
),
slice AS (
  SELECT h.customer_id, g.slice_at
  FROM slice_hours h
  CROSS JOIN LATERAL generate_series(
    CAST(:since AS timestamptz) + ceil(extract(epoch FROM h.from_at - CAST(:since AS timestamptz)) / CAST(:slice_seconds AS int))
      * make_interval(secs => CAST(:slice_seconds AS int)),
    h.to_at - make_interval(secs => CAST(:slice_seconds AS int)), make_interval(secs => CAST(:slice_seconds AS int))) g (slice_at)
),
due AS MATERIALIZED (
  SELECT
    t.customer_id,
    date_bin(make_interval(secs => CAST(:slice_seconds AS int)), t.t0, CAST(:since AS timestamptz)) AS slice_at,
    count(*) FILTER (WHERE t.outcome IN ('S1', 'S2')) AS k, count(*) FILTER (WHERE t.outcome IN ('S1', 'S2', 'S3', 'F', 'O+', 'M')) AS n,
    count(*) FILTER (WHERE t.outcome IN ('O', 'unknown')) AS unknown
  FROM kpi.transaction t
  WHERE t.customer_id = ANY (CAST(:customer_ids AS int[])) AND t.t0 >= CAST(:since AS timestamptz) AND t.t0 < CAST(:until AS timestamptz)
    AND (CAST(:flow_ids AS int[]) IS NULL OR t.flow_id = ANY (CAST(:flow_ids AS int[])))
  GROUP BY 1, 2
)
SELECT s.customer_id, s.slice_at, coalesce(d.k, 0) AS k, coalesce(d.n, 0) AS n, coalesce(d.unknown, 0) AS unknown
FROM slice s
LEFT JOIN due d ON d.customer_id = s.customer_id AND d.slice_at = s.slice_at
ORDER BY s.customer_id, s.slice_at
