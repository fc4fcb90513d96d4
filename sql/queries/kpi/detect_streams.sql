-- Streams that cannot be read: nothing complete since at least three polls in a row went wrong.
-- grain:   one row of pg_temp.candidate per stream
-- params:  customer_ids int[]; now timestamptz
-- columns: rule stream_failing; began with the first poll that went wrong
-- source:  the ledger
WITH
stream AS (
  SELECT DISTINCT p.customer_id, p.system_id, p.stream
  FROM ops.poll p
  WHERE p.customer_id = ANY (CAST(:customer_ids AS int[])) AND p.started_at > CAST(:now AS timestamptz) - interval '2 days'
)
INSERT INTO pg_temp.candidate (
  customer_id, rule, class, fingerprint, system_id, object_type, object_key, title, detail, severity, subject_type, subject_system_id,
  subject_id, occurred_at, message)
SELECT
  t.customer_id, 'stream_failing', 'technical', 'stream_failing:' || t.system_id || ':' || t.stream, t.system_id, 'stream', t.stream,
  initcap(left(replace(t.stream, '_', ' '), 1)) || substr(replace(t.stream, '_', ' '), 2) || ' of ' || s.key || ' cannot be read',
  'Figures that need it are as old as its last complete reading.', 3, 'stream', t.system_id, t.stream, w.since, w.error
FROM stream t
JOIN ops.system s ON s.customer_id = t.customer_id AND s.system_id = t.system_id AND s.removed_at IS NULL
LEFT JOIN LATERAL (
  SELECT p.started_at
  FROM ops.poll p
  WHERE p.customer_id = t.customer_id AND p.system_id = t.system_id AND p.stream = t.stream AND p.outcome = 'complete'
  ORDER BY p.started_at DESC
  LIMIT 1
) good ON true
CROSS JOIN LATERAL (
  SELECT min(p.started_at) AS since, count(*) AS polls, (array_agg(p.error ORDER BY p.started_at DESC))[1] AS error
  FROM ops.poll p
  WHERE p.customer_id = t.customer_id AND p.system_id = t.system_id AND p.stream = t.stream
    AND p.started_at > coalesce(good.started_at, CAST('-infinity' AS timestamptz)) AND p.outcome IN ('failed', 'partial', 'abandoned')
) w
WHERE w.polls >= 3
