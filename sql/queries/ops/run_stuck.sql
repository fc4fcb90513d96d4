-- Calls runs stuck that have been open for too long, and marks their cells: they hold nothing back any more.
-- grain:   one row per run
-- params:  customer_id, system_id int; before, seen timestamptz
-- columns: none
-- source:  the stream's stuck_after
WITH stuck AS (
  UPDATE raw.run r
  SET status = 'stuck', last_seen_at = CAST(:seen AS timestamptz)
  WHERE r.customer_id = CAST(:customer_id AS int)
    AND r.system_id = CAST(:system_id AS int)
    AND r.finished_at IS NULL
    AND r.status IN ('running', 'queued', 'waiting', 'unknown')
    AND coalesce(r.started_at, r.due_at) < CAST(:before AS timestamptz)
  RETURNING r.customer_id, r.flow_id, r.due_at
)
INSERT INTO ops.dirty_cell (customer_id, flow_id, hour)
SELECT DISTINCT s.customer_id, s.flow_id, date_trunc('hour', s.due_at, c.time_zone)
FROM stuck s
JOIN ops.customer c ON c.customer_id = s.customer_id
WHERE s.flow_id IS NOT NULL
ORDER BY 1, 2, 3
ON CONFLICT (customer_id, flow_id, hour) DO UPDATE SET batch = NULL
