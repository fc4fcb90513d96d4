-- Streams that cannot be read: nothing complete since at least three polls in a row went wrong.
-- grain:   one row of pg_temp.candidate per stream and time that it could not be read
-- params:  customer_ids int[]; look_ids int[], look_ats timestamptz[] (the customers, and the instants at which each is judged: a pass has one);
--          now timestamptz
-- columns: rule stream_failing; began with the first poll that went wrong, cleared at the last instant at which it held, where that is past
-- source:  the ledger
WITH
look AS (
  SELECT x.customer_id, x.at FROM unnest(CAST(:look_ids AS int[]), CAST(:look_ats AS timestamptz[])) x (customer_id, at)
),
known AS MATERIALIZED (
  SELECT DISTINCT p.customer_id, p.system_id, p.stream
  FROM ops.poll p
  WHERE p.customer_id = ANY (CAST(:customer_ids AS int[])) AND p.started_at > (SELECT min(l.at) FROM look l) - interval '2 days'
),
failing AS (
  SELECT k.customer_id, l.at AS looked_at, k.system_id, s.key AS system_key, k.stream, w.since, w.error
  FROM look l
  JOIN known k ON k.customer_id = l.customer_id
  JOIN ops.system s ON s.customer_id = k.customer_id AND s.system_id = k.system_id AND coalesce(s.removed_at > l.at, true)
  CROSS JOIN LATERAL (
    SELECT p.started_at
    FROM ops.poll p
    WHERE p.customer_id = k.customer_id AND p.system_id = k.system_id AND p.stream = k.stream AND p.started_at > l.at - interval '2 days'
      AND p.started_at <= l.at
    ORDER BY p.started_at DESC
    LIMIT 1
  ) last
  LEFT JOIN LATERAL (
    SELECT p.started_at
    FROM ops.poll p
    WHERE p.customer_id = k.customer_id AND p.system_id = k.system_id AND p.stream = k.stream AND p.outcome = 'complete' AND p.started_at <= l.at
    ORDER BY p.started_at DESC
    LIMIT 1
  ) good ON true
  CROSS JOIN LATERAL (
    SELECT min(p.started_at) AS since, count(*) AS polls, (array_agg(p.error ORDER BY p.started_at DESC))[1] AS error
    FROM ops.poll p
    WHERE p.customer_id = k.customer_id AND p.system_id = k.system_id AND p.stream = k.stream AND p.started_at <= l.at
      AND p.started_at > coalesce(good.started_at, CAST('-infinity' AS timestamptz)) AND p.outcome IN ('failed', 'partial', 'abandoned')
  ) w
  WHERE w.polls >= 3
),
spell AS (
  SELECT DISTINCT ON (f.customer_id, f.system_id, f.stream, f.since) f.*
  FROM failing f
  ORDER BY f.customer_id, f.system_id, f.stream, f.since, f.looked_at DESC
)
INSERT INTO pg_temp.candidate (
  customer_id, rule, class, fingerprint, system_id, object_type, object_key, title, detail, severity, subject_type, subject_system_id,
  subject_id, occurred_at, cleared_at, message)
SELECT
  f.customer_id, 'stream_failing', 'technical', 'stream_failing:' || f.system_id || ':' || f.stream, f.system_id, 'stream', f.stream,
  initcap(left(replace(f.stream, '_', ' '), 1)) || substr(replace(f.stream, '_', ' '), 2) || ' of ' || f.system_key || ' cannot be read',
  'Figures that need it are as old as its last complete reading.', 3, 'stream', f.system_id, f.stream, f.since,
  CASE WHEN f.looked_at < CAST(:now AS timestamptz) THEN f.looked_at END, f.error
FROM spell f
