-- Adds up how long the work that was approved on some days waited for its bill, in days: the clock of figure C4.
-- grain:   one row of pg_temp.age_now per cell; of each project, and of all together
-- params:  customer_id int
-- columns: rows written
-- source:  metrics.md C4 and 4.1 (fragment bill_clock): work split over two bills is two pieces. What a piece is depends on the instant from which
--          one looks only where an end was taken back, or where it is not known: it is worked out as of each such instant, and holds up to it
WITH
place AS (
  SELECT c.customer_id, c.time_zone FROM ops.customer c WHERE c.customer_id = CAST(:customer_id AS int)
),
chosen AS (
  SELECT w.*, w.approved_at AS begins_at, d.began_on, p.time_zone
  FROM place p
  JOIN kpi.work w ON w.customer_id = p.customer_id
  JOIN pg_temp.age_day d ON d.kind = 'time_to_bill' AND d.began_on = CAST(w.approved_at AT TIME ZONE p.time_zone AS date)
  WHERE w.customer_id = CAST(:customer_id AS int) AND NOT w.is_approval_unknown
  UNION ALL
  SELECT w.*, w.opens_at, d.began_on, p.time_zone
  FROM place p
  JOIN kpi.work w ON w.customer_id = p.customer_id AND w.is_approval_unknown
  JOIN pg_temp.age_day d ON d.kind = 'time_to_bill' AND d.began_on = CAST(w.opens_at AT TIME ZONE p.time_zone AS date)
  WHERE w.customer_id = CAST(:customer_id AS int)
),
-- on one bill as a whole and for good, or on none: nothing of it depends on the instant
told_apart AS MATERIALIZED (
  SELECT
    c.*, array_position(c.phase, 'billed') AS bill,
    NOT c.is_approval_unknown AND 'unknown' <> ALL (c.phase) AND (
      'billed' <> ALL (c.phase)
      OR c.leaves_at = 'infinity' AND cardinality(array_positions(c.phase, 'billed')) = 1 AND c.phase_share[array_position(c.phase, 'billed')] >= 1
         AND c.phase_to[array_position(c.phase, 'billed')] = 'infinity') AS is_plain
  FROM chosen c
),
horizon AS (
  SELECT c.*, h.at AS horizon, h.since
  FROM told_apart c
  CROSS JOIN LATERAL (
    SELECT x.at, lag(x.at) OVER (ORDER BY x.at) AS since
    FROM (
      SELECT p.to_at AS at FROM unnest(c.phase, c.phase_to) p (phase, to_at) WHERE p.phase IN ('billed', 'unknown')
      UNION
      SELECT p.from_at
      FROM unnest(c.phase, c.phase_from, c.phase_share) p (phase, from_at, share)
      WHERE p.phase = 'unknown' OR p.phase = 'billed' AND (p.share < 1 OR c.is_approval_unknown OR p.from_at > c.leaves_at)
      UNION
      SELECT c.leaves_at WHERE c.is_approval_unknown OR 'unknown' = ANY (c.phase)
      UNION
      SELECT 'infinity'
    ) x
    WHERE x.at > c.begins_at
  ) h
  WHERE NOT c.is_plain
),
seen AS (
  SELECT
    h.*, coalesce(CAST(h.since AT TIME ZONE h.time_zone AS date), CAST('-infinity' AS date)) AS holds_from,
    CAST(h.horizon AT TIME ZONE h.time_zone AS date) AS holds_to, b.billed, b.unknown, b.away_from, b.away_to
  FROM horizon h
  CROSS JOIN LATERAL (
    SELECT
      least(1, coalesce(sum(p.share) FILTER (WHERE p.phase = 'billed' AND p.to_at >= h.horizon), 0)) AS billed,
      least(1, coalesce(sum(p.share) FILTER (WHERE p.phase = 'unknown' AND p.to_at >= h.horizon), 0)) AS unknown,
      coalesce(array_agg(CAST(p.from_at AT TIME ZONE h.time_zone AS date) ORDER BY p.from_at, p.to_at)
                 FILTER (WHERE p.phase = 'billed' AND p.to_at < h.horizon), '{}') AS away_from,
      coalesce(array_agg(CAST(p.to_at AT TIME ZONE h.time_zone AS date) ORDER BY p.from_at, p.to_at)
                 FILTER (WHERE p.phase = 'billed' AND p.to_at < h.horizon), '{}') AS away_to
    FROM unnest(h.phase, h.phase_from, h.phase_to, h.phase_share) p (phase, from_at, to_at, share)
    WHERE p.from_at < h.horizon
  ) b
),
piece AS (
  SELECT s.*, 1 AS cause, greatest(b.from_at, s.begins_at) AS ends_at, greatest(0, least(b.share, 1 - b.share_before)) AS share, b.share_before
  FROM seen s
  CROSS JOIN LATERAL (
    SELECT p.from_at, p.share,
      coalesce(sum(p.share) OVER (ORDER BY p.from_at, p.n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS share_before
    FROM unnest(s.phase, s.phase_from, s.phase_to, s.phase_share) WITH ORDINALITY p (phase, from_at, to_at, share, n)
    WHERE p.phase = 'billed' AND p.from_at < s.horizon AND p.to_at >= s.horizon
  ) b
  WHERE s.billed > 0 AND NOT s.is_approval_unknown
  UNION ALL
  SELECT s.*, CASE WHEN s.leaves_at < s.horizon THEN 2 ELSE 0 END, CASE WHEN s.leaves_at < s.horizon THEN greatest(s.leaves_at, s.begins_at) ELSE 'infinity' END,
    1 - s.billed - least(s.unknown, 1 - s.billed), s.billed + least(s.unknown, 1 - s.billed)
  FROM seen s
  WHERE NOT s.is_approval_unknown
  UNION ALL
  SELECT s.*, 3, CAST('infinity' AS timestamptz), CASE WHEN s.is_approval_unknown THEN 1 - s.billed ELSE least(s.unknown, 1 - s.billed) END, s.billed
  FROM seen s
  WHERE s.leaves_at >= s.horizon
),
told AS (
  SELECT
    p.system_id || ' ' || coalesce(p.project_ref, '') AS project, coalesce(CAST(p.currency AS text), '') AS currency, p.began_on,
    CAST(p.ends_at AT TIME ZONE p.time_zone AS date) AS ended_on, p.cause, p.holds_from, p.holds_to, p.away_from, p.away_to,
    round(p.amount * (p.share_before + p.share), 4) - round(p.amount * p.share_before, 4) AS amount
  FROM piece p
  WHERE p.share > 0 AND p.holds_from < p.holds_to
  UNION ALL
  SELECT
    p.system_id || ' ' || coalesce(p.project_ref, ''), coalesce(CAST(p.currency AS text), ''), p.began_on,
    CAST(greatest(CASE WHEN p.bill IS NOT NULL THEN p.phase_from[p.bill] ELSE p.leaves_at END, p.begins_at) AT TIME ZONE p.time_zone AS date),
    CASE WHEN p.bill IS NOT NULL THEN 1 WHEN p.leaves_at < 'infinity' THEN 2 ELSE 0 END, CAST('-infinity' AS date), CAST('infinity' AS date), '{}', '{}',
    round(p.amount, 4)
  FROM told_apart p
  WHERE p.is_plain
)
INSERT INTO pg_temp.age_now (kind, project, currency, began_on, ended_on, cause, holds_from, holds_to, away_from, away_to, n, n_no_value, amount)
SELECT
  'time_to_bill', coalesce(t.project, ''), t.currency, t.began_on, t.ended_on, t.cause, t.holds_from, t.holds_to, t.away_from, t.away_to, count(*),
  count(*) FILTER (WHERE t.amount IS NULL),
  coalesce(sum(t.amount) FILTER (WHERE t.amount > 0 AND t.currency <> ''), 0)
FROM told t
GROUP BY GROUPING SETS (
  (t.project, t.currency, t.began_on, t.ended_on, t.cause, t.holds_from, t.holds_to, t.away_from, t.away_to),
  (t.currency, t.began_on, t.ended_on, t.cause, t.holds_from, t.holds_to, t.away_from, t.away_to))
