-- Begins to write down the slots of a scheduled flow: with its first run, or when we first looked for its runs.
-- grain:   one row per promise with slots
-- params:  none
-- columns: none
-- source:  ops.flow_promise; before the first run nobody knows whether the schedule was in force
INSERT INTO kpi.schedule (customer_id, flow_id, valid_from, valid_to, slot_seconds, deadline_seconds, next_slot)
SELECT
  p.customer_id, p.flow_id, p.valid_from, p.valid_to, p.slot_seconds,
  CASE WHEN p.calendar_id IS NULL THEN p.deadline_seconds END,
  greatest(0, CAST(ceil(extract(epoch FROM least(ran.first_at, looked.first_at) - p.valid_from) / p.slot_seconds) AS int))
FROM ops.flow_promise p
JOIN ops.flow f ON f.customer_id = p.customer_id AND f.flow_id = p.flow_id
CROSS JOIN LATERAL (
  SELECT min(l.started_at) AS first_at
  FROM ops.poll l
  WHERE l.customer_id = f.customer_id AND l.system_id = f.runs_system_id AND l.outcome = 'complete'
    AND coalesce(l.object, regexp_replace(l.stream, 's$', '')) = 'run'
) looked
CROSS JOIN LATERAL (
  SELECT min(r.due_at) AS first_at FROM raw.run r WHERE r.customer_id = p.customer_id AND r.flow_id = p.flow_id
) ran
WHERE p.slot_seconds IS NOT NULL AND looked.first_at IS NOT NULL
  AND NOT EXISTS (
    SELECT FROM kpi.schedule s
    WHERE s.customer_id = p.customer_id AND s.flow_id = p.flow_id AND s.valid_from = p.valid_from
  )
