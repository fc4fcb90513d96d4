-- The instants of a span at which the ledger has to be judged to find all that once stood in it: just before a stream was asked again, was
-- read again or brought something again, and now.
-- grain:   one row per customer and instant
-- params:  customer_ids int[]; since, now timestamptz
-- columns: customer_id int; at timestamptz
-- source:  the ledger. What is listed may be too much, never too little: kpi/detect_stale and kpi/detect_streams judge it. Five weeks before the
--          span are read as well: what was due in it may have been read last before it
WITH
turn AS MATERIALIZED (
  SELECT
    p.customer_id, p.system_id, p.stream, p.started_at, p.outcome, p.due_at - lag(p.started_at) OVER turn AS gap,
    lead(p.started_at) OVER turn AS next_at,
    lead(p.started_at) OVER (PARTITION BY p.customer_id ORDER BY p.started_at, p.poll_id) AS anybody_at,
    count(*) FILTER (WHERE p.outcome = 'complete') OVER turn AS good_polls,
    max(p.started_at) FILTER (WHERE p.rows_new + p.rows_changed > 0) OVER turn AS brought_at
  FROM ops.poll p
  WHERE p.customer_id = ANY (CAST(:customer_ids AS int[])) AND p.started_at > CAST(:since AS timestamptz) - interval '35 days'
    AND p.started_at <= CAST(:now AS timestamptz)
  WINDOW turn AS (PARTITION BY p.customer_id, p.system_id, p.stream ORDER BY p.started_at, p.poll_id)
),
-- patience is three times the median distance; the shortest of them is no longer than that
waited AS MATERIALIZED (
  SELECT
    t.*, coalesce(t.next_at, CAST(:now AS timestamptz)) - interval '1 microsecond' AS last_at,
    greatest(interval '30 minutes', 3 * min(t.gap) FILTER (WHERE t.gap > interval '0') OVER (
      PARTITION BY t.customer_id, t.system_id, t.stream ORDER BY t.started_at ROWS BETWEEN 10 PRECEDING AND CURRENT ROW)) AS patience
  FROM turn t
),
late AS MATERIALIZED (
  SELECT w.customer_id, w.started_at, w.last_at FROM waited w WHERE w.last_at - w.started_at > w.patience
),
halt AS MATERIALIZED (
  SELECT DISTINCT t.customer_id, t.anybody_at FROM turn t WHERE t.anybody_at - t.started_at > interval '30 minutes'
),
silent AS (
  SELECT DISTINCT ON (w.customer_id, w.system_id, w.stream, w.brought_at)
    w.customer_id, w.brought_at, least(w.last_at, w.started_at + w.patience) AS at
  FROM waited w
  WHERE w.outcome IN ('complete', 'running') AND w.brought_at IS NOT NULL
  ORDER BY w.customer_id, w.system_id, w.stream, w.brought_at, w.started_at DESC
),
wrong AS (
  SELECT
    t.customer_id, count(*) FILTER (WHERE t.outcome IN ('failed', 'partial', 'abandoned')) AS polls,
    max(t.started_at) FILTER (WHERE t.outcome IN ('failed', 'partial', 'abandoned')) AS last_at,
    lead(min(t.started_at)) OVER (PARTITION BY t.customer_id, t.system_id, t.stream ORDER BY t.good_polls) AS good_at
  FROM turn t
  GROUP BY t.customer_id, t.system_id, t.stream, t.good_polls
),
found AS (
  -- streams of old are not dug up after five weeks: they were told before
  SELECT l.customer_id, least(l.last_at, l.started_at + interval '35 days' - interval '1 microsecond') AS at FROM late l
  UNION
  SELECT h.customer_id, h.anybody_at - interval '1 microsecond'
  FROM late l
  JOIN halt h ON h.customer_id = l.customer_id AND h.anybody_at > l.started_at AND h.anybody_at <= l.last_at + interval '1 microsecond'
  UNION
  SELECT s.customer_id, s.at FROM silent s WHERE s.at - s.brought_at > interval '2 days'
  UNION
  SELECT w.customer_id, least(w.good_at, w.last_at + interval '2 days') - interval '1 microsecond' FROM wrong w WHERE w.polls >= 3
)
SELECT f.customer_id, f.at FROM found f WHERE f.at >= CAST(:since AS timestamptz) AND f.at < CAST(:now AS timestamptz)
UNION ALL
SELECT c.customer_id, CAST(:now AS timestamptz) FROM ops.customer c WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
