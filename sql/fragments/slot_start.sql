-- The slots of scheduled flows and what became of each: was there a run, and did it begin in time?
-- expects: agreed (fragment of that name); params customer_ids int[]; since, until, as_of timestamptz (as_of null: now)
-- gives:   slot_start, one row per slot due in the period: customer_id, flow_id, due_at, start_by, started_at, late_seconds, system_id,
--          external_id, outcome (on time, late, missed; not counted: pending, excused, unknown)
-- source:  metrics.md A5; kpi.slot. In time is the grace that the terms agree on (grace_seconds), else the promised deadline; the next slot
--          ends both. A run that was skipped because the one before it was still at work inside its own deadline is excused
slot_start AS MATERIALIZED (
  SELECT
    s.customer_id, s.flow_id, s.due_at, b.start_by, r.started_at, r.system_id, r.external_id,
    CASE WHEN r.started_at <= n.at THEN CAST(extract(epoch FROM greatest(interval '0', r.started_at - s.due_at)) AS float8) END AS late_seconds,
    CASE
      WHEN r.started_at <= least(b.start_by, n.at) THEN 'on time'
      WHEN b.start_by > n.at THEN 'pending'
      WHEN r.started_at <= n.at THEN 'late'
      WHEN r.external_id IS NULL THEN 'missed'
      WHEN r.started_at IS NULL AND r.finished_at <= b.start_by THEN 'on time'  -- it ended in time, so it began in time
      WHEN r.status = 'skipped' AND EXISTS (
        SELECT
        FROM raw.run p
        JOIN kpi.transaction t ON t.customer_id = p.customer_id AND t.flow_id = p.flow_id AND t.t0 = p.due_at
        WHERE p.customer_id = s.customer_id AND p.flow_id = s.flow_id AND p.due_at < s.due_at AND p.due_at >= s.due_at - interval '7 days'
          AND p.started_at <= s.due_at AND coalesce(p.finished_at > s.due_at, true) AND t.decide_by > s.due_at
      ) THEN 'excused'
      WHEN r.started_at IS NULL AND r.status NOT IN ('queued', 'waiting', 'running', 'stuck', 'skipped') THEN 'unknown'
      WHEN r.status = 'skipped' THEN 'missed'
      ELSE 'late'
    END AS outcome
  FROM kpi.slot s
  CROSS JOIN (SELECT coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) AS at) n
  LEFT JOIN agreed a ON a.customer_id = s.customer_id AND a.metric IN ('schedule_adherence', 'A5') AND a.valid_from <= s.due_at AND s.due_at < a.valid_to
  CROSS JOIN LATERAL (
    SELECT least(s.attempt_by, s.due_at + make_interval(secs =>
      CASE WHEN a.objective ->> 'grace_seconds' ~ '^[0-9]{1,7}$' THEN CAST(a.objective ->> 'grace_seconds' AS int) END)) AS start_by
  ) b
  LEFT JOIN LATERAL (
    SELECT r.system_id, r.external_id, r.status, r.started_at, r.finished_at
    FROM raw.run r
    WHERE r.customer_id = s.customer_id AND r.flow_id = s.flow_id AND r.due_at >= s.due_at AND r.due_at < s.attempt_by AND r.due_at <= n.at
    ORDER BY r.started_at NULLS LAST, r.external_id
    LIMIT 1
  ) r ON true
  WHERE s.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND s.due_at >= CAST(:since AS timestamptz) AND s.due_at < CAST(:until AS timestamptz) AND s.due_at <= n.at
)
