-- Incidents that began in the period: causes of the exception queue, from their first trouble until nothing of it is open.
-- expects: incident_cause (customer_id int, exception_id bigint: technical causes); params customer_ids int[]; since, until, as_of timestamptz (as_of null: now)
-- gives:   incident_look, one row: what happened at `at` or later has not happened; under_way, one row per cause and time it broke out, also before the
--          period, where it was not over by then; incident, those of the period:
--          exception_id, title, rule, severity, system_id, flow_id; onset_at, alerted_at (in the queue; null: not yet), detected_at (the same;
--          null also when it came back, or began before its system was read: nobody can say how long we took), acknowledged_at (a person
--          first moved, took or noted it), waived_at, restored_at timestamptz (null: not yet)
-- source:  metrics.md B6 to B8; ops.exception_occurrence in the time of the source, people's acts in ops.exception_event. What comes back
--          within 24 hours is the same incident. An unusual day is no incident: what made it so is
incident_look AS (
  SELECT least(CAST(:until AS timestamptz), coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond') AS until_at,
         coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond' AS at
),
stretch AS (
  SELECT o.customer_id, o.exception_id, o.occurred_at AS begins_at,
    coalesce(CASE WHEN o.cleared_at < l.at THEN o.cleared_at END, CAST('infinity' AS timestamptz)) AS ends_at,
    o.system_id || ' ' || o.subject_type || ' ' || o.subject_id AS tie
  FROM incident_look l
  JOIN ops.exception_occurrence o ON o.occurred_at < l.at AND o.cleared_at IS DISTINCT FROM o.occurred_at
  JOIN incident_cause e ON e.customer_id = o.customer_id AND e.exception_id = o.exception_id
  WHERE o.customer_id = ANY (CAST(:customer_ids AS int[])) AND o.subject_type NOT IN ('stream', 'unusual_day')
  UNION ALL
  -- a stream has one occurrence, which tells of its last trouble only; the times before stand in the history
  SELECT v.customer_id, v.exception_id, v.at,
    coalesce(CASE WHEN v.next_kind = 'closed' THEN v.next_at END, CAST('infinity' AS timestamptz)), CAST(v.event_id AS text)
  FROM (
    SELECT v.customer_id, v.exception_id, v.event_id, v.kind, v.at, lead(v.kind) OVER turn AS next_kind, lead(v.at) OVER turn AS next_at
    FROM incident_look l
    JOIN ops.exception_event v ON v.at < l.at AND v.kind IN ('opened', 'reopened', 'closed')
    JOIN incident_cause e ON e.customer_id = v.customer_id AND e.exception_id = v.exception_id
    WHERE v.customer_id = ANY (CAST(:customer_ids AS int[])) AND EXISTS (
      SELECT
      FROM ops.exception_occurrence o
      WHERE o.customer_id = v.customer_id AND o.exception_id = v.exception_id AND o.subject_type = 'stream')
    WINDOW turn AS (PARTITION BY v.customer_id, v.exception_id ORDER BY v.at, v.event_id)
  ) v
  WHERE v.kind <> 'closed'
),
trouble AS (
  SELECT
    t.customer_id, t.exception_id, t.begins_at, t.ends_at,
    max(t.ends_at) OVER (PARTITION BY t.customer_id, t.exception_id ORDER BY t.begins_at, t.tie ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS ended_before,
    row_number() OVER (PARTITION BY t.customer_id, t.exception_id ORDER BY t.begins_at, t.tie) AS place
  FROM stretch t
),
outbreak AS (
  SELECT t.*, sum(CAST(t.place = 1 OR t.begins_at > t.ended_before + interval '24 hours' AS int)) OVER (
    PARTITION BY t.customer_id, t.exception_id ORDER BY t.place) AS number
  FROM trouble t
),
broken_out AS (
  SELECT
    o.customer_id, o.exception_id, o.number = 1 AS is_first, min(o.begins_at) AS onset_at, nullif(max(o.ends_at), CAST('infinity' AS timestamptz)) AS restored_at,
    lead(min(o.begins_at)) OVER (PARTITION BY o.customer_id, o.exception_id ORDER BY o.number) AS next_at
  FROM outbreak o
  GROUP BY o.customer_id, o.exception_id, o.number
),
under_way AS (
  SELECT
    b.customer_id, b.exception_id, e.title, e.rule, CAST(e.severity AS int) AS severity, e.system_id, e.flow_id, b.onset_at,
    CASE WHEN m.alerted_at < l.at THEN m.alerted_at END AS alerted_at,
    CASE WHEN b.is_first AND b.onset_at >= k.read_since AND m.alerted_at < l.at THEN m.alerted_at END AS detected_at,
    a.at AS acknowledged_at, CASE WHEN w.to_state = 'waived' THEN w.at END AS waived_at, b.restored_at
  FROM broken_out b
  CROSS JOIN incident_look l
  JOIN ops.exception e ON e.customer_id = b.customer_id AND e.exception_id = b.exception_id
  LEFT JOIN LATERAL (
    SELECT min(v.at) AS at
    FROM ops.exception_event v
    WHERE NOT b.is_first AND v.customer_id = b.customer_id AND v.exception_id = b.exception_id AND v.kind = 'reopened' AND v.at >= b.onset_at
      AND v.at < coalesce(b.next_at, CAST('infinity' AS timestamptz))
  ) again ON true
  CROSS JOIN LATERAL (SELECT greatest(b.onset_at, e.first_seen_at, again.at) AS alerted_at) m
  LEFT JOIN LATERAL (
    SELECT min(p.started_at) AS read_since
    FROM ops.poll p
    WHERE p.customer_id = b.customer_id AND (p.system_id = e.system_id OR e.system_id IS NULL)
  ) k ON true
  LEFT JOIN LATERAL (
    SELECT min(v.at) AS at
    FROM ops.exception_event v
    WHERE v.customer_id = b.customer_id AND v.exception_id = b.exception_id AND v.actor <> 'system' AND v.at >= b.onset_at
      AND v.at < least(l.at, b.next_at)
  ) a ON true
  LEFT JOIN LATERAL (
    SELECT v.to_state, v.at
    FROM ops.exception_event v
    WHERE v.customer_id = b.customer_id AND v.exception_id = b.exception_id AND v.to_state IS NOT NULL AND v.at >= b.onset_at
      AND v.at < least(l.at, b.next_at, b.restored_at)
    ORDER BY v.at DESC, v.event_id DESC
    LIMIT 1
  ) w ON true
  WHERE b.onset_at < l.until_at AND coalesce(b.restored_at > CAST(:since AS timestamptz), true)
),
incident AS MATERIALIZED (
  SELECT u.* FROM under_way u WHERE u.onset_at >= CAST(:since AS timestamptz)
)
