-- The transactions that were due and not done yet at kpi.as_of().
-- expects: params customer_ids int[]
-- gives:   open_transaction, one row per logical transaction whose outcome is O or O+: columns of kpi.transaction, and age_seconds since it
--          was due; run_read, one row per customer whose runs have ever been read
-- source:  metrics.md A10; view kpi.transaction, looked up where something can be open instead of worked out for the whole history
run_read AS (
  SELECT k.customer_id
  FROM kpi.stream_read k
  WHERE k.customer_id = ANY (CAST(:customer_ids AS int[])) AND k.object = 'run'
  UNION
  SELECT c.customer_id
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[])) AND EXISTS (SELECT FROM raw.run r WHERE r.customer_id = c.customer_id)
),
reach_at AS (SELECT c.customer_id, kpi.as_of() AS at FROM ops.customer c WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))),
-- include: promise_reach
,
open_candidate AS MATERIALIZED (
  SELECT r.customer_id, r.flow_id, r.due_at
  FROM raw.run r
  WHERE r.customer_id = ANY (CAST(:customer_ids AS int[])) AND r.flow_id IS NOT NULL AND r.due_at <= kpi.as_of() AND r.finished_at IS NULL
  UNION
  -- looking back, what has finished since was open
  SELECT r.customer_id, r.flow_id, r.due_at
  FROM raw.run r
  WHERE r.customer_id = ANY (CAST(:customer_ids AS int[])) AND r.flow_id IS NOT NULL AND r.due_at <= kpi.as_of() AND r.finished_at > kpi.as_of()
  UNION
  -- slots that can still be waited for: due after the instant whose deadline has just come
  SELECT s.customer_id, s.flow_id, s.due_at
  FROM promise_reach p
  JOIN kpi.slot s ON s.customer_id = p.customer_id AND s.flow_id = p.flow_id AND s.due_at >= p.valid_from AND s.due_at < p.valid_to
  WHERE p.is_scheduled AND s.customer_id = ANY (CAST(:customer_ids AS int[])) AND s.due_at >= p.due_from AND s.due_at <= kpi.as_of()
),
open_transaction AS MATERIALIZED (
  SELECT t.*, CAST(extract(epoch FROM kpi.as_of() - t.t0) AS float8) AS age_seconds
  FROM open_candidate e
  CROSS JOIN LATERAL (
    SELECT
      x.customer_id, x.flow_id, x.system_id, x.transaction_key, x.t0, x.decide_by, x.outcome, x.object_type, x.object_key, x.workflow_name,
      x.source_status, x.amount, CAST(x.currency AS text) AS currency
    FROM kpi.transaction x
    WHERE x.customer_id = e.customer_id AND x.flow_id = e.flow_id AND x.t0 = e.due_at AND x.outcome IN ('O', 'O+')
    OFFSET 0 -- a look-up for each instant; joined freely, the view would be worked out for the whole history
  ) t
)
