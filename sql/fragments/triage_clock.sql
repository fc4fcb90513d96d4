-- How long exceptions have waited for a first answer and for their end, in business time.
-- expects: chosen (customer_id, exception_id, waiting_on, flow_id, first_seen_at, closed_at), one row per exception; triage_look (at timestamptz)
-- gives:   triage_clock, one row per exception: responded_at timestamptz (a person's first act; null: none yet); response_seconds,
--          resolution_seconds float8 (null: the calendar does not reach so far); runs boolean (the resolution clock runs now); calendar text
--          (null: elapsed time)
-- source:  design.md 5: clocks are business time with pauses only in waiting states. Both begin when it came into the queue; an answer is a
--          person's first act; resolution pauses while it waits for the customer or a vendor, and stands while it is closed, waived or merged.
--          What was taken back never was. The calendar is the one of the flow's promise, else the customer's `support`, `office` or only one
triage_calendar AS (
  SELECT c.customer_id, c.exception_id, k.calendar_id, k.key, k.reaches_to
  FROM chosen c
  JOIN LATERAL (
    SELECT
      k.calendar_id, k.key,
      (SELECT w.closes_at FROM ops.calendar_window w
       WHERE w.customer_id = k.customer_id AND w.calendar_id = k.calendar_id ORDER BY w.opens_at DESC LIMIT 1) AS reaches_to
    FROM ops.calendar k
    LEFT JOIN LATERAL (
      SELECT p.calendar_id
      FROM ops.flow_promise p
      WHERE p.customer_id = c.customer_id AND p.flow_id = c.flow_id
      ORDER BY p.valid_from DESC
      LIMIT 1
    ) p ON true
    WHERE k.customer_id = c.customer_id
    ORDER BY k.calendar_id IS NOT DISTINCT FROM p.calendar_id DESC, k.key = 'support' DESC, k.key = 'office' DESC, k.calendar_id
    LIMIT 1
  ) k ON true
),
-- one look-up for each exception, whatever the planner thinks of their number
triage_done AS (
  SELECT
    c.customer_id, c.exception_id, v.event_id, v.actor, greatest(v.at, c.first_seen_at) AS at, coalesce(v.to_state, v.from_state) AS state,
    coalesce(v.detail ->> 'waiting_on', c.waiting_on) AS waiting_on, v.to_state IS NOT NULL OR v.detail ? 'waiting_on' AS is_turn
  FROM chosen c
  CROSS JOIN triage_look l
  CROSS JOIN LATERAL (
    SELECT v.*
    FROM ops.exception_event v
    WHERE v.customer_id = c.customer_id AND v.exception_id = c.exception_id AND v.kind NOT IN ('opened', 'undone') AND v.at <= l.at
      AND NOT EXISTS (
        SELECT FROM ops.exception_event u
        WHERE u.customer_id = v.customer_id AND u.exception_id = v.exception_id AND u.undoes_event_id = v.event_id AND u.at <= l.at)
    OFFSET 0
  ) v
),
triage_answer AS (
  SELECT v.customer_id, v.exception_id, min(v.at) AS at
  FROM triage_done v
  WHERE v.actor <> 'system'
  GROUP BY v.customer_id, v.exception_id
),
triage_turn AS (
  SELECT c.customer_id, c.exception_id, c.first_seen_at AS at, CAST(0 AS bigint) AS event_id, 'new' AS state, CAST(NULL AS text) AS waiting_on
  FROM chosen c
  UNION ALL
  SELECT v.customer_id, v.exception_id, v.at, v.event_id, v.state, v.waiting_on
  FROM triage_done v
  WHERE v.is_turn
),
triage_stretch AS (
  SELECT
    t.customer_id, t.exception_id, t.at AS since,
    lead(t.at) OVER (PARTITION BY t.customer_id, t.exception_id ORDER BY t.at, t.event_id) AS until,
    t.state IN ('new', 'triaged', 'fix_claimed', 'reopened')
      OR t.state = 'waiting' AND coalesce(t.waiting_on, 'internal') NOT IN ('customer', 'vendor') AS runs
  FROM triage_turn t
),
triage_timed AS (
  SELECT s.customer_id, s.exception_id, 'resolution' AS clock, s.since, coalesce(s.until, l.at) AS until, s.until IS NULL AS is_now
  FROM triage_stretch s
  CROSS JOIN triage_look l
  WHERE s.runs
  UNION ALL
  -- whoever never answered before the end answers no more
  SELECT c.customer_id, c.exception_id, 'response', c.first_seen_at, coalesce(a.at, c.closed_at, l.at), false
  FROM chosen c
  CROSS JOIN triage_look l
  LEFT JOIN triage_answer a ON a.customer_id = c.customer_id AND a.exception_id = c.exception_id
),
-- worked out once: where the planner expects one exception it would do so again for each of a hundred
triage_seconds AS MATERIALIZED (
  SELECT
    t.customer_id, t.exception_id, t.clock, t.is_now,
    CASE
      WHEN t.until <= t.since THEN 0
      WHEN k.calendar_id IS NULL THEN CAST(extract(epoch FROM t.until - t.since) AS float8)
      WHEN t.until <= k.reaches_to THEN coalesce(b.seconds, 0) - coalesce(a.seconds, 0)
    END AS seconds
  FROM triage_timed t
  LEFT JOIN triage_calendar k ON k.customer_id = t.customer_id AND k.exception_id = t.exception_id
  LEFT JOIN LATERAL (
    SELECT CAST(w.seconds_before + extract(epoch FROM least(t.since, w.closes_at) - w.opens_at) AS float8) AS seconds
    FROM ops.calendar_window w
    WHERE w.customer_id = t.customer_id AND w.calendar_id = k.calendar_id AND w.opens_at <= t.since
    ORDER BY w.opens_at DESC
    LIMIT 1
  ) a ON true
  LEFT JOIN LATERAL (
    SELECT CAST(w.seconds_before + extract(epoch FROM least(t.until, w.closes_at) - w.opens_at) AS float8) AS seconds
    FROM ops.calendar_window w
    WHERE w.customer_id = t.customer_id AND w.calendar_id = k.calendar_id AND w.opens_at <= t.until
    ORDER BY w.opens_at DESC
    LIMIT 1
  ) b ON true
),
triage_clock AS MATERIALIZED (
  SELECT
    c.customer_id, c.exception_id, a.at AS responded_at, s.response_seconds, s.resolution_seconds,
    coalesce(s.runs, false) AS runs, k.key AS calendar
  FROM chosen c
  LEFT JOIN triage_answer a ON a.customer_id = c.customer_id AND a.exception_id = c.exception_id
  LEFT JOIN triage_calendar k ON k.customer_id = c.customer_id AND k.exception_id = c.exception_id
  LEFT JOIN (
    SELECT
      s.customer_id, s.exception_id, sum(s.seconds) FILTER (WHERE s.clock = 'response') AS response_seconds,
      CASE WHEN bool_and(s.seconds IS NOT NULL) THEN sum(s.seconds) FILTER (WHERE s.clock = 'resolution') END AS resolution_seconds,
      bool_or(s.is_now) AS runs
    FROM triage_seconds s
    GROUP BY s.customer_id, s.exception_id
  ) s ON s.customer_id = c.customer_id AND s.exception_id = c.exception_id
)
