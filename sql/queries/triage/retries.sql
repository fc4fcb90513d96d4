-- The retries that were asked for on an exception, with what became of each.
-- grain:   one row per transaction and attempt, the latest first
-- params:  customer_ids int[]; exception_id bigint
-- columns: subject_id text; attempt int; begun_at, answered_at timestamptz; actor, state, run_id, new_run_id, said text; became text (status of
--          the new run, or of the same one when it went on after the answer; null: not read yet)
-- source:  ops.retry; the new run is the one the platform named, or that names the retried one (retry_of)
SELECT
  t.subject_id, t.attempt, t.begun_at, t.answered_at, t.actor, t.state, t.run_id, coalesce(t.new_run_id, r.external_id) AS new_run_id, t.said,
  r.status AS became
FROM ops.retry t
LEFT JOIN LATERAL (
  SELECT r.external_id, r.status
  FROM raw.run r
  WHERE r.customer_id = t.customer_id AND r.system_id = t.system_id AND r.transaction_key = t.subject_id
    AND (r.external_id = t.new_run_id OR t.new_run_id IS NULL AND (r.retry_of = t.run_id OR r.external_id = t.run_id))
    AND coalesce(r.finished_at, r.last_seen_at) > t.begun_at
  ORDER BY r.retry_of IS NULL, coalesce(r.started_at, r.due_at) DESC
  LIMIT 1
) r ON true
WHERE t.customer_id = ANY (CAST(:customer_ids AS int[])) AND t.exception_id = CAST(:exception_id AS bigint)
ORDER BY t.begun_at DESC, t.subject_id, t.attempt DESC
