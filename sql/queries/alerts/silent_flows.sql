-- Since when each integration has been silent, up to the instant to which its platform has been read.
-- grain:   one row per integration in service
-- params:  customer_ids int[]; as_of timestamptz; calendar text (null: elapsed time); workflows text[] (null: all)
-- columns: customer_id int; flow_key, flow, workflow text; last_at timestamptz (the last run; null: none); read_until timestamptz (null: never read);
--          silent_seconds float8 (null: never read, or no run was ever seen, or the calendar does not reach so far)
-- source:  [ours] silence of what was not read is not silence: it ends at the low watermark, not at the clock
WITH
flow AS (
  SELECT f.customer_id, f.flow_id, f.key, f.name, f.workflow, f.runs_system_id
  FROM ops.flow f
  WHERE f.customer_id = ANY (CAST(:customer_ids AS int[])) AND f.removed_at IS NULL
    AND (CAST(:workflows AS text[]) IS NULL OR f.workflow = ANY (CAST(:workflows AS text[])))
),
reach AS (
  SELECT
    f.*, least(CAST(:as_of AS timestamptz), (
      SELECT min(upper(k.windows)) FROM kpi.stream_read k
      WHERE k.customer_id = f.customer_id AND k.system_id = f.runs_system_id AND k.object = 'run')) AS read_until
  FROM flow f
),
seen AS (
  SELECT r.*, l.last_at, k.calendar_id
  FROM reach r
  LEFT JOIN LATERAL (
    SELECT max(u.due_at) AS last_at
    FROM raw.run u
    WHERE u.customer_id = r.customer_id AND u.flow_id = r.flow_id AND u.due_at <= CAST(:as_of AS timestamptz)
      AND u.due_at > CAST(:as_of AS timestamptz) - interval '92 days' AND u.trigger <> 'test'
  ) l ON true
  LEFT JOIN ops.calendar k ON k.customer_id = r.customer_id AND k.key = CAST(:calendar AS text)
)
SELECT
  s.customer_id, s.key AS flow_key, s.name AS flow, s.workflow, s.last_at,
  CASE WHEN EXISTS (SELECT FROM kpi.stream_read k WHERE k.customer_id = s.customer_id AND k.system_id = s.runs_system_id AND k.object = 'run')
       THEN s.read_until END AS read_until,
  CASE
    WHEN s.last_at IS NULL OR NOT EXISTS (
      SELECT FROM kpi.stream_read k WHERE k.customer_id = s.customer_id AND k.system_id = s.runs_system_id AND k.object = 'run') THEN NULL
    WHEN s.read_until <= s.last_at THEN 0
    WHEN CAST(:calendar AS text) IS NULL THEN CAST(extract(epoch FROM s.read_until - s.last_at) AS float8)
    ELSE CAST(coalesce(b.seconds, 0) - coalesce(a.seconds, 0) AS float8)
  END AS silent_seconds
FROM seen s
LEFT JOIN LATERAL (
  SELECT w.seconds_before + extract(epoch FROM least(s.last_at, w.closes_at) - w.opens_at) AS seconds
  FROM ops.calendar_window w
  WHERE w.customer_id = s.customer_id AND w.calendar_id = s.calendar_id AND w.opens_at <= s.last_at
  ORDER BY w.opens_at DESC
  LIMIT 1
) a ON true
LEFT JOIN LATERAL (
  SELECT w.seconds_before + extract(epoch FROM least(s.read_until, w.closes_at) - w.opens_at) AS seconds
  FROM ops.calendar_window w
  WHERE w.customer_id = s.customer_id AND w.calendar_id = s.calendar_id AND w.opens_at <= s.read_until
  ORDER BY w.opens_at DESC
  LIMIT 1
) b ON true
ORDER BY s.customer_id, s.key
