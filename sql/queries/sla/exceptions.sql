-- Exceptions whose goal fell due in a window: were they answered, or resolved, in the agreed time?
-- grain:   one row per exception
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); within_seconds int; calendar text (null: elapsed time);
--          severities int[] (null: all); flow_ids int[] (null: all); is_response boolean (false: resolution)
-- columns: customer_id int; exception_id bigint; title, flow_key text; severity int; started_at (in the queue), due_at (null: the calendar is not
--          filled that far), ended_at timestamptz (null: not yet); used_seconds float8; outcome text (good, bad, pending, left_out, unknown)
-- source:  metrics.md B2; the clocks of the queue (fragment triage_clock) under an objective's own calendar and goal. [ours] a response is a
--          person's first act; a resolution is the last verified closing, and the time in which the exception waited for the customer or a
--          vendor, or was over before it came back, does not count. Over before a person acted, waived or merged, and still inside the
--          goal: left out. Each counts in the window in which its goal fell due; open and still inside it is carried on
WITH
look AS (
  SELECT coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond' AS at
),
begun AS MATERIALIZED (
  SELECT e.customer_id, e.exception_id, e.title, e.flow_id, CAST(e.severity AS int) AS severity, e.first_seen_at AS started_at, e.waiting_on, k.calendar_id
  FROM look l
  JOIN ops.exception e ON e.first_seen_at < l.at AND e.first_seen_at < CAST(:until AS timestamptz)
  LEFT JOIN ops.calendar k ON k.customer_id = e.customer_id AND k.key = CAST(:calendar AS text)
  WHERE e.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND (CAST(:severities AS int[]) IS NULL OR e.severity = ANY (CAST(:severities AS int[])))
    AND (CAST(:flow_ids AS int[]) IS NULL OR e.flow_id = ANY (CAST(:flow_ids AS int[])))
    -- what was over before the window began and fell due before it is not looked at
    AND (e.closed_at IS NULL OR e.closed_at >= CAST(:since AS timestamptz) - interval '400 days')
),
act AS MATERIALIZED (
  SELECT
    b.customer_id, b.exception_id, v.event_id, greatest(v.at, b.started_at) AS at, v.actor, v.to_state, coalesce(v.to_state, v.from_state) AS state,
    coalesce(v.detail ->> 'waiting_on', b.waiting_on) AS waiting_on, v.to_state IS NOT NULL OR v.detail ? 'waiting_on' AS is_turn
  FROM begun b
  CROSS JOIN look l
  JOIN ops.exception_event v ON v.customer_id = b.customer_id AND v.exception_id = b.exception_id AND v.at < l.at AND v.kind NOT IN ('opened', 'undone')
  LEFT JOIN ops.exception_event u ON u.customer_id = v.customer_id AND u.exception_id = v.exception_id AND u.undoes_event_id = v.event_id AND u.at < l.at
  WHERE v.customer_id = ANY (CAST(:customer_ids AS int[])) AND u.event_id IS NULL
),
moved AS (
  SELECT b.customer_id, b.exception_id, b.started_at AS at, 'new' AS state, CAST(NULL AS text) AS waiting_on, CAST(0 AS bigint) AS place
  FROM begun b
  UNION ALL
  SELECT a.customer_id, a.exception_id, a.at, a.state, a.waiting_on, a.event_id
  FROM act a
  WHERE a.is_turn
),
stay AS (
  SELECT
    m.customer_id, m.exception_id, m.state, m.at AS from_at, lead(m.at) OVER turn AS left_at,
    m.state IN ('new', 'triaged', 'fix_claimed', 'reopened') OR m.state = 'waiting' AND coalesce(m.waiting_on, 'internal') NOT IN ('customer', 'vendor') AS runs,
    row_number() OVER (PARTITION BY m.customer_id, m.exception_id ORDER BY m.at DESC, m.place DESC) AS from_last
  FROM moved m
  WINDOW turn AS (PARTITION BY m.customer_id, m.exception_id ORDER BY m.at, m.place)
),
ended AS (
  SELECT
    b.customer_id, b.exception_id,
    CASE
      WHEN NOT CAST(:is_response AS boolean) THEN CASE WHEN s.state = 'verified_closed' THEN s.from_at END
      WHEN p.at <= coalesce(p.closed_at, p.at) THEN p.at
    END AS ended_at,
    CASE
      WHEN NOT CAST(:is_response AS boolean) THEN CASE WHEN s.state IN ('waived', 'merged') THEN s.from_at END
      WHEN p.closed_at < coalesce(p.at, 'infinity') THEN p.closed_at
    END AS other_at
  FROM begun b
  JOIN stay s ON s.customer_id = b.customer_id AND s.exception_id = b.exception_id AND s.from_last = 1
  LEFT JOIN (
    SELECT
      a.customer_id, a.exception_id, min(a.at) FILTER (WHERE a.actor <> 'system') AS at,
      min(a.at) FILTER (WHERE a.to_state = 'verified_closed') AS closed_at
    FROM act a
    GROUP BY a.customer_id, a.exception_id
  ) p ON p.customer_id = b.customer_id AND p.exception_id = b.exception_id
),
-- the stretches in which the clock runs
running AS (
  SELECT b.customer_id, b.exception_id, b.calendar_id, s.from_at, least(coalesce(s.left_at, l.at), coalesce(e.ended_at, e.other_at, l.at)) AS to_at
  FROM begun b
  CROSS JOIN look l
  JOIN ended e ON e.customer_id = b.customer_id AND e.exception_id = b.exception_id
  JOIN stay s ON s.customer_id = b.customer_id AND s.exception_id = b.exception_id
  WHERE CAST(:is_response AS boolean) OR s.runs
),
edge AS MATERIALIZED (
  SELECT DISTINCT u.customer_id, u.calendar_id, u.at
  FROM (
    SELECT r.customer_id, r.calendar_id, r.from_at AS at FROM running r
    UNION ALL
    SELECT r.customer_id, r.calendar_id, r.to_at FROM running r
    UNION ALL
    SELECT b.customer_id, b.calendar_id, b.started_at FROM begun b
    UNION ALL
    SELECT b.customer_id, b.calendar_id, coalesce(e.ended_at, e.other_at, l.at)
    FROM begun b
    CROSS JOIN look l
    JOIN ended e ON e.customer_id = b.customer_id AND e.exception_id = b.exception_id
  ) u
),
-- agreed seconds before each instant: open ones of the calendar, or simply all; null where the calendar is not filled
clock AS MATERIALIZED (
  SELECT
    g.customer_id, g.at,
    CASE
      WHEN CAST(:calendar AS text) IS NULL THEN CAST(extract(epoch FROM g.at) AS float8)
      WHEN g.at <= f.filled_until THEN coalesce(w.seconds, 0)
    END AS seconds
  FROM edge g
  LEFT JOIN (
    SELECT x.customer_id, x.calendar_id, max(x.closes_at) AS filled_until
    FROM ops.calendar_window x
    WHERE x.customer_id = ANY (CAST(:customer_ids AS int[]))
    GROUP BY x.customer_id, x.calendar_id
  ) f ON f.customer_id = g.customer_id AND f.calendar_id = g.calendar_id
  LEFT JOIN LATERAL (
    SELECT CAST(x.seconds_before + extract(epoch FROM least(g.at, x.closes_at) - x.opens_at) AS float8) AS seconds
    FROM ops.calendar_window x
    WHERE x.customer_id = g.customer_id AND x.calendar_id = g.calendar_id AND x.opens_at <= g.at
    ORDER BY x.opens_at DESC
    LIMIT 1
  ) w ON true
),
used AS (
  SELECT r.customer_id, r.exception_id, sum(z.seconds - a.seconds) AS seconds, bool_and(z.seconds IS NOT NULL AND a.seconds IS NOT NULL) AS is_known
  FROM running r
  JOIN clock a ON a.customer_id = r.customer_id AND a.at = r.from_at
  JOIN clock z ON z.customer_id = r.customer_id AND z.at = r.to_at
  WHERE r.to_at > r.from_at
  GROUP BY r.customer_id, r.exception_id
),
counted AS (
  SELECT
    b.*, e.ended_at, e.other_at, CASE WHEN coalesce(u.is_known, true) THEN coalesce(u.seconds, 0) END AS used_seconds,
    -- by the clock: when it began, the goal, and as long again as it stood still
    a.seconds + CAST(:within_seconds AS int) + (z.seconds - a.seconds - coalesce(u.seconds, 0)) AS goal_seconds
  FROM begun b
  CROSS JOIN look l
  JOIN ended e ON e.customer_id = b.customer_id AND e.exception_id = b.exception_id
  LEFT JOIN used u ON u.customer_id = b.customer_id AND u.exception_id = b.exception_id
  JOIN clock a ON a.customer_id = b.customer_id AND a.at = b.started_at
  JOIN clock z ON z.customer_id = b.customer_id AND z.at = coalesce(e.ended_at, e.other_at, l.at)
),
timed AS (
  SELECT
    c.*,
    CASE WHEN CAST(:calendar AS text) IS NULL THEN to_timestamp(c.goal_seconds) ELSE CASE WHEN w.at <= w.closes_at THEN w.at END END AS due_at
  FROM counted c
  LEFT JOIN LATERAL (
    SELECT x.opens_at + make_interval(secs => c.goal_seconds - x.seconds_before) AS at, x.closes_at
    FROM ops.calendar_window x
    WHERE x.customer_id = c.customer_id AND x.calendar_id = c.calendar_id AND x.seconds_before < c.goal_seconds
    ORDER BY x.seconds_before DESC
    LIMIT 1
  ) w ON true
)
SELECT
  t.customer_id, t.exception_id, t.title, f.key AS flow_key, t.severity, t.started_at, t.due_at, t.ended_at, t.used_seconds,
  CASE
    WHEN t.used_seconds > CAST(:within_seconds AS int) THEN 'bad'
    WHEN t.used_seconds IS NULL OR t.due_at IS NULL THEN 'unknown'
    WHEN t.ended_at IS NOT NULL THEN 'good'
    WHEN t.other_at IS NOT NULL THEN 'left_out'
    ELSE 'pending'
  END AS outcome
FROM timed t
LEFT JOIN ops.flow f ON f.customer_id = t.customer_id AND f.flow_id = t.flow_id
WHERE coalesce(t.due_at, t.started_at) >= CAST(:since AS timestamptz) AND coalesce(t.due_at, t.started_at) < CAST(:until AS timestamptz)
ORDER BY t.customer_id, coalesce(t.due_at, t.started_at), t.exception_id
