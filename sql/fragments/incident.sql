-- Incidents that began in the period: technical causes of the exception queue, from their first trouble until nothing of it is open.
-- expects: params customer_ids int[]; since, until, as_of timestamptz (as_of null: now)
-- gives:   incident_look, one row: what happened at `at` or later has not happened; incident, one row per cause and time it broke out:
--          exception_id, title, rule, severity, system_id, flow_id; onset_at, alerted_at (in the queue), detected_at (the same; null: it
--          came back, or began before its system was read, so nobody can say how long we took), acknowledged_at (a person first moved,
--          took or noted it), waived_at, restored_at timestamptz (null: not yet)
-- source:  metrics.md B6 to B8; ops.exception and ops.exception_event. What comes back within 24 hours is the same incident
incident_look AS (
  SELECT least(CAST(:until AS timestamptz), coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond') AS until_at,
         coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond' AS at
),
incident_turn AS (
  SELECT
    v.customer_id, v.exception_id, v.event_id, v.kind, v.at,
    lag(v.kind) OVER turn AS kind_before, lag(v.at) OVER turn AS at_before, lead(v.at) OVER turn AS next_at
  FROM ops.exception_event v
  CROSS JOIN incident_look l
  JOIN ops.exception e ON e.customer_id = v.customer_id AND e.exception_id = v.exception_id AND e.class = 'technical'
  WHERE v.customer_id = ANY (CAST(:customer_ids AS int[])) AND v.kind IN ('opened', 'reopened', 'closed') AND v.at < l.at
    AND EXISTS (
      SELECT
      FROM ops.exception_occurrence o
      WHERE o.customer_id = v.customer_id AND o.exception_id = v.exception_id AND o.cleared_at IS DISTINCT FROM o.occurred_at)
  WINDOW turn AS (PARTITION BY v.customer_id, v.exception_id ORDER BY v.at, v.event_id)
),
outbreak AS (
  SELECT
    t.*, sum(CAST(t.kind <> 'closed' AND (t.kind_before IS NULL OR t.kind_before = 'closed' AND t.at > t.at_before + interval '24 hours') AS int))
      OVER (PARTITION BY t.customer_id, t.exception_id ORDER BY t.at, t.event_id) AS number
  FROM incident_turn t
),
broken_out AS (
  SELECT
    o.customer_id, o.exception_id, o.number, min(o.at) AS begins_at, bool_or(o.kind = 'opened') AS is_first,
    CASE WHEN (array_agg(o.kind ORDER BY o.at DESC, o.event_id DESC))[1] = 'closed' THEN max(o.at) END AS restored_at,
    lead(min(o.at)) OVER (PARTITION BY o.customer_id, o.exception_id ORDER BY o.number) AS next_at
  FROM outbreak o
  WHERE o.number > 0
  GROUP BY o.customer_id, o.exception_id, o.number
),
incident AS MATERIALIZED (
  SELECT
    b.customer_id, b.exception_id, e.title, e.rule, CAST(e.severity AS int) AS severity, e.system_id, e.flow_id, m.onset_at, m.alerted_at,
    CASE WHEN b.is_first AND m.onset_at >= k.read_since THEN m.alerted_at END AS detected_at, a.at AS acknowledged_at,
    CASE WHEN w.to_state = 'waived' THEN w.at END AS waived_at, b.restored_at
  FROM broken_out b
  CROSS JOIN incident_look l
  JOIN ops.exception e ON e.customer_id = b.customer_id AND e.exception_id = b.exception_id
  CROSS JOIN LATERAL (
    SELECT CASE WHEN b.is_first THEN least(e.opened_at, b.begins_at) ELSE b.begins_at END AS onset_at,
           CASE WHEN b.is_first THEN greatest(e.first_seen_at, e.opened_at) ELSE b.begins_at END AS alerted_at
  ) m
  LEFT JOIN LATERAL (
    SELECT min(p.started_at) AS read_since
    FROM ops.poll p
    WHERE p.customer_id = b.customer_id AND (p.system_id = e.system_id OR e.system_id IS NULL)
  ) k ON true
  LEFT JOIN LATERAL (
    SELECT min(v.at) AS at
    FROM ops.exception_event v
    WHERE v.customer_id = b.customer_id AND v.exception_id = b.exception_id AND v.actor <> 'system' AND v.at >= m.onset_at
      AND v.at < least(l.at, b.next_at)
  ) a ON true
  LEFT JOIN LATERAL (
    SELECT v.to_state, v.at
    FROM ops.exception_event v
    WHERE v.customer_id = b.customer_id AND v.exception_id = b.exception_id AND v.to_state IS NOT NULL AND v.at >= m.onset_at
      AND v.at < least(l.at, b.next_at, b.restored_at)
    ORDER BY v.at DESC, v.event_id DESC
    LIMIT 1
  ) w ON true
  WHERE m.onset_at >= CAST(:since AS timestamptz) AND m.onset_at < l.until_at AND m.alerted_at < l.at
)
