-- Transactions that failed or never came, and that a later one of the same flow made good: for the same object, or for all when the flow
-- runs on a schedule and carries no single object. What an event of its own started, no later event brings again.
-- grain:   one row of ops.exception_occurrence per open transaction that a later success covers
-- params:  customer_ids, everything_ids int[]; runs_from timestamptz (only successes due since; of everything_ids: all)
-- columns: rows written (touched)
-- source:  [ours] a batch carries all that changed since the last good one
WITH
waiting AS (
  SELECT o.customer_id, o.exception_id, o.system_id, o.subject_id, o.flow_id, o.occurred_at, r.object_type, r.object_key
  FROM ops.exception_occurrence o
  LEFT JOIN ops.flow_promise p
    ON p.customer_id = o.customer_id AND p.flow_id = o.flow_id AND p.valid_from <= o.occurred_at AND o.occurred_at < p.valid_to
  LEFT JOIN LATERAL (
    SELECT r.object_type, r.object_key
    FROM raw.run r
    WHERE r.customer_id = o.customer_id AND r.system_id = o.system_id AND r.external_id = o.subject_id AND r.due_at = o.occurred_at
    LIMIT 1
  ) r ON true
  WHERE o.customer_id = ANY (CAST(:customer_ids AS int[])) AND o.subject_type = 'transaction' AND o.cleared_at IS NULL
    AND (r.object_key IS NOT NULL OR p.slot_seconds IS NOT NULL)
),
flow AS (
  SELECT
    w.customer_id, w.flow_id,
    CASE WHEN w.customer_id = ANY (CAST(:everything_ids AS int[])) THEN min(w.occurred_at)
         ELSE greatest(min(w.occurred_at), CAST(:runs_from AS timestamptz)) END AS since
  FROM waiting w
  GROUP BY w.customer_id, w.flow_id
),
-- one pile in order of time instead of a join: its cost follows the number of runs, whatever the planner thinks of it
pile AS (
  SELECT w.customer_id, w.flow_id, w.object_type, w.object_key, w.occurred_at AS at, w.exception_id, w.system_id, w.subject_id,
    CAST(NULL AS timestamptz) AS good_at
  FROM waiting w
  UNION ALL
  SELECT g.customer_id, g.flow_id, g.object_type, g.object_key, g.due_at, NULL, NULL, NULL, g.finished_at
  FROM flow f
  CROSS JOIN LATERAL (
    SELECT r.customer_id, r.flow_id, r.object_type, r.object_key, r.due_at, r.finished_at
    FROM raw.run r
    WHERE r.customer_id = f.customer_id AND r.flow_id = f.flow_id AND r.due_at > f.since
      AND r.status = 'success' AND coalesce(r.records_bad, 0) = 0 AND r.trigger <> 'test' AND r.finished_at IS NOT NULL
    OFFSET 0
  ) g
),
covered AS (
  SELECT
    p.customer_id, p.exception_id, p.system_id, p.subject_id,
    min(p.good_at) OVER (
      -- backwards, so that the frame only grows
      PARTITION BY p.customer_id, p.flow_id, p.object_type, p.object_key ORDER BY p.at DESC) AS good_at
  FROM pile p
),
cleared AS (
  UPDATE ops.exception_occurrence o
  SET cleared_at = greatest(c.good_at, o.occurred_at + interval '1 microsecond')
  FROM covered c
  WHERE o.customer_id = ANY (CAST(:customer_ids AS int[])) AND c.good_at IS NOT NULL AND c.exception_id IS NOT NULL
    AND c.customer_id = o.customer_id AND c.exception_id = o.exception_id
    AND o.subject_type = 'transaction' AND c.system_id = o.system_id AND c.subject_id = o.subject_id
  RETURNING o.customer_id, o.exception_id
)
INSERT INTO pg_temp.touched (customer_id, exception_id)
SELECT DISTINCT c.customer_id, c.exception_id
FROM cleared c
ON CONFLICT DO NOTHING
