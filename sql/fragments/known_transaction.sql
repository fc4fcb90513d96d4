-- Transactions by the instant at which it became known whether they are good or bad: what an alert can react to.
-- expects: burn_span (customer_id int, since_at, until_at timestamptz), one row per customer, half open; param customer_ids int[]
-- gives:   known, one row per decided transaction with its columns of kpi.transaction, known_at and is_bad: late is known at the deadline,
--          not when it succeeds after all
-- source:  metrics.md 1.3: alerts count by decision time; view kpi.transaction
reach_at AS (SELECT b.customer_id, b.since_at AS at FROM burn_span b),
-- include: promise_reach
,
due_span AS MATERIALIZED (
  SELECT b.customer_id, b.since_at, b.until_at, least(b.since_at, min(p.due_from) FILTER (WHERE p.due_from > '-infinity')) AS due_from
  FROM burn_span b
  LEFT JOIN promise_reach p ON p.customer_id = b.customer_id AND p.valid_to > b.since_at AND p.valid_from < b.until_at
  GROUP BY b.customer_id, b.since_at, b.until_at
),
-- what ended in the span and was due long before it, of flows without a deadline
straggler AS MATERIALIZED (
  SELECT DISTINCT r.customer_id, r.flow_id, r.due_at
  FROM due_span d
  JOIN ops.flow f ON f.customer_id = d.customer_id AND NOT EXISTS (
    SELECT
    FROM ops.flow_promise p
    WHERE p.customer_id = f.customer_id AND p.flow_id = f.flow_id AND p.valid_from <= d.due_from AND p.valid_to >= d.due_from)
  JOIN raw.run r ON r.customer_id = f.customer_id AND r.flow_id = f.flow_id AND r.due_at < d.due_from
    AND coalesce(r.finished_at, r.target_committed_at, r.started_at, r.due_at) >= d.since_at
    AND coalesce(r.finished_at, r.target_committed_at, r.started_at, r.due_at) < d.until_at
),
due_transaction AS MATERIALIZED (
  SELECT t.customer_id, t.flow_id, t.system_id, t.transaction_key, t.t0, t.outcome, t.object_type, t.object_key, t.workflow_name, t.amount,
    CAST(t.currency AS text) AS currency, least(t.decided_at, t.decide_by) AS known_at
  FROM kpi.transaction t
  -- as constants, and joined only afterwards: otherwise the view would be worked out for the whole history, or more than once
  WHERE t.customer_id = ANY (CAST(:customer_ids AS int[])) AND t.t0 >= (SELECT min(d.due_from) FROM due_span d)
    AND t.t0 < (SELECT max(d.until_at) FROM due_span d) AND t.outcome IN ('S1', 'S2', 'S3', 'F', 'O+', 'M')
),
judged_transaction AS (
  SELECT t.*
  FROM due_transaction t
  JOIN due_span d ON d.customer_id = t.customer_id AND t.t0 >= d.due_from
  UNION ALL
  SELECT x.customer_id, x.flow_id, x.system_id, x.transaction_key, x.t0, x.outcome, x.object_type, x.object_key, x.workflow_name, x.amount,
    x.currency, x.known_at
  FROM straggler s
  CROSS JOIN LATERAL (
    SELECT t.customer_id, t.flow_id, t.system_id, t.transaction_key, t.t0, t.outcome, t.object_type, t.object_key, t.workflow_name, t.amount,
      CAST(t.currency AS text) AS currency, least(t.decided_at, t.decide_by) AS known_at
    FROM kpi.transaction t
    WHERE t.customer_id = s.customer_id AND t.flow_id = s.flow_id AND t.t0 = s.due_at AND t.outcome IN ('S1', 'S2', 'S3', 'F', 'O+', 'M')
    OFFSET 0 -- a look-up for each instant
  ) x
),
known AS MATERIALIZED (
  SELECT j.*, j.outcome NOT IN ('S1', 'S2') AS is_bad
  FROM judged_transaction j
  JOIN burn_span b ON b.customer_id = j.customer_id
  WHERE j.known_at >= b.since_at AND j.known_at < b.until_at
)
