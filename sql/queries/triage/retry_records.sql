-- The open transactions of an exception with the run that a platform could retry, and what was asked of it before.
-- grain:   one row per open transaction, the latest first
-- params:  customer_ids int[]; exception_id bigint; row_limit int
-- columns: customer_id, system_id, attempts int (retries asked for so far); system, kind, workflow, subject_id, run_id, run_status, workflow_name,
--          last_state text (null: none was asked); last_at, failed_at timestamptz (when the latest run of it ended)
-- source:  ops.retry; runs of the whole chain: a retry is a run of the same transaction
SELECT
  o.customer_id, o.system_id, coalesce(t.attempt, 0) AS attempts, s.key AS system, s.kind, f.workflow, o.subject_id, r.external_id AS run_id,
  r.status AS run_status, r.workflow_name, t.state AS last_state, coalesce(t.answered_at, t.begun_at) AS last_at, r.finished_at AS failed_at
FROM ops.exception_occurrence o
LEFT JOIN ops.system s ON s.customer_id = o.customer_id AND s.system_id = o.system_id
LEFT JOIN ops.flow f ON f.customer_id = o.customer_id AND f.flow_id = o.flow_id
LEFT JOIN LATERAL (
  SELECT r.external_id, r.status, r.workflow_name, r.finished_at
  FROM raw.run r
  WHERE r.customer_id = o.customer_id AND r.system_id = o.system_id AND r.transaction_key = o.subject_id
  ORDER BY coalesce(r.started_at, r.due_at) DESC, r.external_id DESC
  LIMIT 1
) r ON true
LEFT JOIN LATERAL (
  SELECT t.*
  FROM ops.retry t
  WHERE t.customer_id = o.customer_id AND t.system_id = o.system_id AND t.subject_id = o.subject_id
  ORDER BY t.attempt DESC
  LIMIT 1
) t ON true
WHERE o.customer_id = ANY (CAST(:customer_ids AS int[])) AND o.exception_id = CAST(:exception_id AS bigint) AND o.cleared_at IS NULL
  AND o.subject_type = 'transaction'
ORDER BY o.occurred_at DESC, o.subject_id
LIMIT CAST(:row_limit AS int)
