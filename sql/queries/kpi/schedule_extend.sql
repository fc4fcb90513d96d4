-- Writes down the slots that have come and of which we know whether they were served, and marks their cells.
-- grain:   one row per slot
-- params:  now timestamptz
-- columns: none
-- source:  metrics.md A5: slots are stored. A run serves a slot up to its deadline; in a calendar's time, up to the next slot.
--          A slot of whole days keeps its local wall time through changes of the clock.
--          A slot is written once the ledger reaches its deadline: our own silence is not the scheduler's
--          A cell that is marked already is left alone: none is counted while a recount is prepared (kpi/rollup_lock)
WITH reach AS (
  SELECT
    s.customer_id, s.flow_id, s.valid_from, s.slot_seconds, s.next_slot, c.time_zone, s.deadline_seconds,
    least(s.valid_to, f.removed_at, CAST(:now AS timestamptz)) AS until,
    r.read_until - make_interval(secs => least(s.slot_seconds, p.deadline_seconds)) AS known_until
  FROM kpi.schedule s
  JOIN ops.flow_promise p ON p.customer_id = s.customer_id AND p.flow_id = s.flow_id AND p.valid_from = s.valid_from
  JOIN ops.flow f ON f.customer_id = s.customer_id AND f.flow_id = s.flow_id
  JOIN ops.customer c ON c.customer_id = s.customer_id
  JOIN (
    SELECT k.customer_id, k.system_id, max(upper(k.windows)) AS read_until
    FROM kpi.stream_read k
    WHERE k.object = 'run'
    GROUP BY k.customer_id, k.system_id
  ) r ON r.customer_id = f.customer_id AND r.system_id = f.runs_system_id
),
coming AS (
  SELECT r.customer_id, r.flow_id, r.valid_from, r.time_zone, n.number, begins.at AS due_at,
    least(ends.at, begins.at + make_interval(secs => r.deadline_seconds)) AS attempt_by
  FROM reach r
  CROSS JOIN LATERAL generate_series(
    r.next_slot, CAST(ceil(extract(epoch FROM least(r.until, r.known_until) - r.valid_from) / r.slot_seconds) AS int) + 1) n (number)
  CROSS JOIN LATERAL (
    SELECT CASE
      WHEN r.slot_seconds % 86400 = 0
      THEN kpi.instant((r.valid_from AT TIME ZONE r.time_zone) + make_interval(days => n.number * (r.slot_seconds / 86400)), r.time_zone)
      ELSE r.valid_from + n.number * make_interval(secs => r.slot_seconds)
    END AS at
  ) begins
  CROSS JOIN LATERAL (
    SELECT CASE
      WHEN r.slot_seconds % 86400 = 0
      THEN kpi.instant((r.valid_from AT TIME ZONE r.time_zone) + make_interval(days => (n.number + 1) * (r.slot_seconds / 86400)), r.time_zone)
      ELSE r.valid_from + (n.number + 1) * make_interval(secs => r.slot_seconds)
    END AS at
  ) ends
  WHERE begins.at < r.until AND begins.at <= r.known_until
),
written AS (
  INSERT INTO kpi.slot (customer_id, flow_id, due_at, attempt_by)
  SELECT c.customer_id, c.flow_id, c.due_at, c.attempt_by
  FROM coming c
  ON CONFLICT (customer_id, flow_id, due_at) DO NOTHING
),
moved AS (
  UPDATE kpi.schedule s
  SET next_slot = m.next_slot
  FROM (SELECT c.customer_id, c.flow_id, c.valid_from, max(c.number) + 1 AS next_slot FROM coming c GROUP BY 1, 2, 3) m
  WHERE s.customer_id = m.customer_id AND s.flow_id = m.flow_id AND s.valid_from = m.valid_from
)
INSERT INTO ops.dirty_cell (customer_id, flow_id, hour)
SELECT c.customer_id, c.flow_id, c.hour
FROM (SELECT DISTINCT c.customer_id, c.flow_id, date_trunc('hour', c.due_at, c.time_zone) AS hour FROM coming c) c
WHERE NOT EXISTS (
  SELECT FROM ops.dirty_cell d WHERE d.customer_id = c.customer_id AND d.flow_id = c.flow_id AND d.hour = c.hour AND d.batch IS NULL
)
ORDER BY 1, 2, 3
ON CONFLICT (customer_id, flow_id, hour) DO UPDATE SET batch = NULL
