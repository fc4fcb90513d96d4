-- The slots of scheduled flows in a window, by an objective whether or not it is in force: did a run begin within its grace?
-- grain:   one row per slot due in the window
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); objective jsonb; flow_ids int[] (null: all)
-- columns: customer_id int; item_id (the run that served it, or the slot), label, outcome, flow_key text; at timestamptz; k, n, unknown boolean
-- source:  metrics.md A5; fragment slot_start, the same as metric A5
WITH
-- include: proposed
,
-- include: slot_start
SELECT
  s.customer_id, coalesce(s.external_id, 'slot ' || CAST(s.due_at AT TIME ZONE 'UTC' AS text)) AS item_id, f.name AS label, s.outcome, f.key AS flow_key,
  s.due_at AS at, s.outcome = 'on time' AS k, s.outcome IN ('on time', 'late', 'missed') AS n, s.outcome = 'unknown' AS unknown
FROM slot_start s
JOIN ops.flow f ON f.customer_id = s.customer_id AND f.flow_id = s.flow_id
WHERE CAST(:flow_ids AS int[]) IS NULL OR s.flow_id = ANY (CAST(:flow_ids AS int[]))
ORDER BY s.due_at, f.key
