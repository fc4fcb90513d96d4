-- How the streams of one customer were read lately: what the schedule is computed from.
-- grain:   one row per poll, at most twelve a stream, the newest first
-- params:  customer_id int; system_ids int[]; streams text[] (one entry per stream, both arrays in step)
-- columns: system_id int; stream text; started_at timestamptz; outcome text
-- source:  ops.poll
SELECT k.system_id, k.stream, p.started_at, p.outcome
FROM unnest(CAST(:system_ids AS int[]), CAST(:streams AS text[])) k (system_id, stream)
CROSS JOIN LATERAL (
  SELECT q.started_at, q.outcome
  FROM ops.poll q
  WHERE q.customer_id = CAST(:customer_id AS int) AND q.system_id = k.system_id AND q.stream = k.stream
  ORDER BY q.started_at DESC, q.poll_id DESC
  LIMIT 12
) p
ORDER BY k.system_id, k.stream, p.started_at DESC
