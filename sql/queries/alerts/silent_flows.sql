-- Since when each integration has been silent, up to the instant to which its platform has been read without a hole.
-- grain:   one row per integration in service
-- params:  customer_ids int[]; as_of timestamptz; calendar text (null: elapsed time); workflows text[] (null: all)
-- columns: customer_id int; flow_key, flow, workflow text; last_at timestamptz (the last run of the last 92 days; null: none); since_at timestamptz
--          (the last run, or since when it is known that there was none); read_until timestamptz (null: not read there); silent_seconds float8
--          (null: not read there, or the customer has no such calendar)
-- source:  [ours] silence of what was not read is not silence: it ends where reading ends, not at the clock
WITH
flow AS (
  SELECT f.customer_id, f.flow_id, f.key, f.name, f.workflow, f.runs_system_id
  FROM ops.flow f
  WHERE f.customer_id = ANY (CAST(:customer_ids AS int[])) AND f.removed_at IS NULL
    AND (CAST(:workflows AS text[]) IS NULL OR f.workflow = ANY (CAST(:workflows AS text[])))
),
-- what has been read of all streams of runs of its platform
reading AS (
  SELECT k.customer_id, k.system_id, range_intersect_agg(k.windows) AS windows
  FROM kpi.stream_read k
  WHERE k.customer_id = ANY (CAST(:customer_ids AS int[])) AND k.object = 'run'
  GROUP BY k.customer_id, k.system_id
),
seen AS (
  SELECT
    f.*, l.last_at, k.calendar_id, d.windows,
    coalesce(l.last_at, greatest(lower(d.windows), CAST(:as_of AS timestamptz) - interval '92 days')) AS since_at
  FROM flow f
  LEFT JOIN reading d ON d.customer_id = f.customer_id AND d.system_id = f.runs_system_id
  LEFT JOIN LATERAL (
    SELECT max(u.due_at) AS last_at
    FROM raw.run u
    WHERE u.customer_id = f.customer_id AND u.flow_id = f.flow_id AND u.due_at <= CAST(:as_of AS timestamptz)
      AND u.due_at > CAST(:as_of AS timestamptz) - interval '92 days' AND u.trigger <> 'test'
  ) l ON true
  LEFT JOIN ops.calendar k ON k.customer_id = f.customer_id AND k.key = CAST(:calendar AS text)
),
silent AS (
  SELECT s.*, w.read_until
  FROM seen s
  LEFT JOIN LATERAL (
    SELECT least(upper(u), CAST(:as_of AS timestamptz)) AS read_until
    FROM unnest(s.windows) u
    WHERE u @> s.since_at
  ) w ON true
)
SELECT
  s.customer_id, s.key AS flow_key, s.name AS flow, s.workflow, s.last_at, s.since_at, s.read_until,
  CASE
    WHEN CAST(:calendar AS text) IS NULL THEN CAST(extract(epoch FROM s.read_until - s.since_at) AS float8)
    WHEN s.calendar_id IS NOT NULL AND s.read_until IS NOT NULL THEN CAST(coalesce(b.seconds, 0) - coalesce(a.seconds, 0) AS float8)
  END AS silent_seconds
FROM silent s
LEFT JOIN LATERAL (
  SELECT w.seconds_before + extract(epoch FROM least(s.since_at, w.closes_at) - w.opens_at) AS seconds
  FROM ops.calendar_window w
  WHERE w.customer_id = s.customer_id AND w.calendar_id = s.calendar_id AND w.opens_at <= s.since_at
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
