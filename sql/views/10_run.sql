-- Each run as it stood at kpi.as_of(): what had not happened yet is not told.
-- grain:   one row per platform execution that belongs to a flow
-- columns: is_root     the run that began its chain: the transaction's own
--          is_retry    one of the others; when the root was never seen, all are
--          seen_from   when it came into being; a root when it was due, a retry when it started
--          is_seen     it had come into being by then
--          ended_at    when it ended, also when that is still to come; null: still open
--          is_ended    it had ended by then
--          good_at     when it ended well: every record accepted. Partial with no bad record is good; success with one is not
--          has_end     the platform or the target said when it ended; otherwise ended_at is only the earliest possible
--          made        attempts that had begun
--          next_at     what is still to come of it, as far as it is told already
-- source:  metrics.md 1.1 and 1.2
CREATE VIEW kpi.run WITH (security_invoker = true) AS
SELECT
  run.customer_id, run.system_id, run.external_id, run.flow_id, run.transaction_key, run.workflow_name, run.due_at,
  run.status, run.source_status, run.trigger, run.retry_of, run.started_at, run.finished_at, run.source_changed_at,
  run.target_committed_at, run.object_type, run.object_key, run.target_key, run.amount, run.currency,
  run.error_code, run.error_type, run.error_message, run.error_step, run.first_seen_at, run.last_seen_at,
  run.external_id = run.transaction_key AS is_root,
  run.external_id <> run.transaction_key AS is_retry,
  state.seen_from, state.seen_from <= state.as_of AS is_seen, state.ended_at,
  coalesce(state.ended_at <= state.as_of, false) AS is_ended,
  CASE
    WHEN state.ended_at <= state.as_of
     AND (run.status = 'success' AND coalesce(run.records_bad, 0) = 0 OR run.status = 'partial' AND run.records_bad = 0)
    THEN state.ended_at
  END AS good_at,
  run.finished_at IS NOT NULL OR run.target_committed_at IS NOT NULL AS has_end,
  CASE WHEN state.ended_at <= state.as_of OR run.started_at <= state.as_of THEN run.attempts ELSE 0 END AS made,
  CASE WHEN state.ended_at <= state.as_of THEN coalesce(run.records_ok, run.records_in - run.records_bad) END AS records_ok,
  CASE WHEN state.ended_at <= state.as_of THEN coalesce(run.records_bad, run.records_in - run.records_ok) END AS records_bad,
  least(CASE WHEN state.seen_from > state.as_of THEN state.seen_from END,
        CASE WHEN run.started_at > state.as_of THEN run.started_at END,
        CASE WHEN state.ended_at > state.as_of THEN state.ended_at END) AS next_at
FROM raw.run
CROSS JOIN LATERAL (
  SELECT
    (SELECT kpi.as_of()) AS as_of,
    CASE WHEN run.external_id = run.transaction_key THEN run.due_at ELSE coalesce(run.started_at, run.due_at) END AS seen_from,
    CASE
      WHEN run.status IN ('success', 'partial', 'failed', 'cancelled', 'timeout', 'skipped', 'unknown')
      THEN coalesce(run.finished_at, run.target_committed_at, run.started_at, run.due_at)
    END AS ended_at
  OFFSET 0 -- worked out once for each run, not wherever it is named
) state
WHERE run.flow_id IS NOT NULL;
