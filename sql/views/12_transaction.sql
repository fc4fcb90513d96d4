-- Logical transactions as they stood at kpi.as_of(): the unit of every integration figure.
-- grain:   one row per customer, flow and transaction key: the chain of a run and its retries; and one row per slot
--          of a scheduled flow that no run has served
-- columns: t0         when the work became due: the root run's due_at, or the slot
--          decide_by  t0 plus the deadline promised at t0, in elapsed time or in the calendar's open time;
--                     null: nothing was promised, or the calendar's windows do not reach that far
--          outcome    S1 succeeded at the first attempt by decide_by
--                     S2 succeeded after an automatic retry (a run of its own, or attempts inside one) by decide_by
--                     S3 succeeded later than decide_by, or only after a person retried it: bad, though recovered
--                     F  failed, cancelled, timed out, or accepted only in part; a later automatic retry may still save it
--                     O  undecided and not overdue (also a stuck run, a slot that waits): not counted yet
--                     O+ undecided at decide_by or later: bad already
--                     M  a slot whose decide_by passed without an attempt: bad, else a dead scheduler scores 100 %
--                     N  test traffic or skipped by design: no valid event
--                     unknown  neither good nor bad can be told: a status nobody knows, a success of unknown time that
--                     was not seen by decide_by, a deadline in a calendar that is not filled
--          decided_at when the outcome came about; null for O, N and unknown
--          latency_seconds   first good commit at the target minus first commit at the source, of S1, S2 and S3;
--                            null: one of them is not known
--          duration_seconds  first good finish minus first start, retries and their waits included; null: not known
--          next_decision_at  when time alone may change the outcome
-- The runs of one chain share their due_at (the root's), so they lie in one cell. A chain whose root was never seen is
-- judged by the retries that were; the first of them stands for the root.
-- A transaction without a promise is never late: its S1, S2, S3 and F follow from its runs alone.
-- source:  metrics.md 1.2; business time 4.6
CREATE VIEW kpi.transaction WITH (security_invoker = true) AS
SELECT
  due.customer_id, due.flow_id, due.transaction_key, due.system_id, due.external_id, due.workflow_name, due.t0,
  promise.deadline_seconds, promise.latency_threshold_seconds, deadline.decide_by, judged.outcome,
  CASE judged.outcome
    WHEN 'S1' THEN due.good_at WHEN 'S2' THEN due.good_at WHEN 'S3' THEN due.good_at
    WHEN 'F' THEN due.ended_at
    WHEN 'O+' THEN deadline.decide_by WHEN 'M' THEN deadline.decide_by
  END AS decided_at,
  due.attempts, due.runs, due.records_ok, due.records_bad,
  took.latency_seconds, took.duration_seconds,
  due.object_type, due.object_key, due.amount, due.currency, due.status, due.source_status, due.trigger, due.error_message,
  least(CASE WHEN judged.outcome = 'O' THEN deadline.decide_by END, due.next_at) AS next_decision_at
FROM (
  SELECT
    chain.customer_id, chain.flow_id, chain.transaction_key, chain.system_id, chain.external_id, chain.workflow_name,
    chain.due_at AS t0, chain.trigger, chain.status, chain.source_status, chain.object_type, chain.object_key, chain.amount,
    chain.currency, chain.runs, chain.attempts, chain.made AS root_attempts, chain.good_at AS root_good_at, chain.chain_good_at AS good_at,
    chain.good_known_at, chain.good_seen_at, chain.good_committed_at, chain.good_finished_at, chain.manual_at, chain.chain_ended_at AS ended_at,
    chain.chain_started_at AS started_at, chain.chain_source_changed_at AS source_changed_at, chain.is_open, chain.is_unknown,
    chain.is_skipped, chain.next_at, chain.chain_error_message AS error_message,
    -- a retry may carry the whole batch or only what was left of it: the batch is the larger, the bad are the last run's
    chain.records_total - CAST(chain.last_bad[2] AS int) AS records_ok, CAST(chain.last_bad[2] AS int) AS records_bad,
    false AS is_slot
  FROM (
    SELECT
      run.customer_id, run.flow_id, run.transaction_key, run.system_id, run.external_id, run.workflow_name, run.due_at,
      run.trigger, run.status, run.source_status, run.object_type, run.object_key, run.amount, run.currency, run.made,
      CASE WHEN run.is_root THEN run.good_at END AS good_at,
      row_number() OVER chain AS number,
      count(*) OVER chain AS runs,
      sum(run.made) OVER chain AS attempts,
      min(run.good_at) OVER chain AS chain_good_at,
      min(run.good_at) FILTER (WHERE run.has_end) OVER chain AS good_known_at,
      min(run.last_seen_at) FILTER (WHERE run.good_at IS NOT NULL) OVER chain AS good_seen_at,
      min(run.target_committed_at) FILTER (WHERE run.good_at IS NOT NULL) OVER chain AS good_committed_at,
      min(run.finished_at) FILTER (WHERE run.good_at IS NOT NULL) OVER chain AS good_finished_at,
      min(run.seen_from) FILTER (WHERE run.trigger = 'manual' AND run.is_retry) OVER chain AS manual_at,
      max(run.ended_at) FILTER (WHERE run.is_ended) OVER chain AS chain_ended_at,
      min(run.started_at) FILTER (WHERE run.made > 0) OVER chain AS chain_started_at,
      min(run.source_changed_at) OVER chain AS chain_source_changed_at,
      bool_or(run.is_seen AND NOT run.is_ended) OVER chain AS is_open,
      bool_or(run.is_ended AND run.status = 'unknown') OVER chain AS is_unknown,
      bool_and(run.status = 'skipped') FILTER (WHERE run.is_ended) OVER chain AS is_skipped,
      min(run.next_at) OVER chain AS next_at,
      max(run.records_ok + run.records_bad) OVER chain AS records_total,
      max(ARRAY[date_part('epoch', run.ended_at), run.records_bad]) FILTER (WHERE run.records_ok + run.records_bad IS NOT NULL) OVER chain AS last_bad,
      max(run.error_message) FILTER (WHERE run.is_ended) OVER chain AS chain_error_message
    FROM kpi.run
    WINDOW chain AS (PARTITION BY run.customer_id, run.flow_id, run.due_at, run.system_id, run.transaction_key
                     ORDER BY run.is_root DESC, run.seen_from, run.external_id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
  ) chain
  WHERE chain.number = 1
  UNION ALL
  SELECT
    slot.customer_id, slot.flow_id, 'slot ' || CAST(slot.due_at AT TIME ZONE 'UTC' AS text), flow.runs_system_id, NULL, NULL,
    slot.due_at, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, 0, 0, 0, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, true, false,
    false, NULL, NULL,
    NULL, NULL,
    true
  FROM kpi.slot
  JOIN ops.flow ON flow.customer_id = slot.customer_id AND flow.flow_id = slot.flow_id
  LEFT JOIN LATERAL (
    SELECT true AS is_served
    FROM raw.run
    WHERE run.customer_id = slot.customer_id AND run.flow_id = slot.flow_id
      AND run.due_at >= slot.due_at AND run.due_at < slot.attempt_by AND run.due_at <= (SELECT kpi.as_of())
    LIMIT 1
  ) served ON true
  WHERE served.is_served IS NULL
) due
LEFT JOIN ops.flow_promise promise
  ON promise.customer_id = due.customer_id AND promise.flow_id = due.flow_id
 AND promise.valid_from <= due.t0 AND due.t0 < promise.valid_to
CROSS JOIN LATERAL (
  SELECT promise.customer_id, promise.calendar_id, due.t0 AS since, promise.deadline_seconds AS seconds
) asked
-- include: open_deadline
CROSS JOIN LATERAL (
  SELECT CASE
    WHEN promise.calendar_id IS NULL THEN due.t0 + make_interval(secs => promise.deadline_seconds)
    WHEN used_up.at <= used_up.closes_at THEN used_up.at
  END AS decide_by
  OFFSET 0 -- worked out once for each row, not wherever it is named
) deadline
CROSS JOIN LATERAL (
  SELECT CASE
    WHEN due.is_slot THEN CASE WHEN deadline.decide_by <= (SELECT kpi.as_of()) THEN 'M' ELSE 'O' END
    WHEN due.trigger = 'test' THEN 'N'
    WHEN due.good_at IS NOT NULL THEN CASE
      WHEN due.root_good_at IS NULL AND due.manual_at <= due.good_at THEN 'S3'
      WHEN promise.calendar_id IS NOT NULL AND deadline.decide_by IS NULL THEN 'unknown'
      WHEN due.good_at > deadline.decide_by THEN 'S3'
      WHEN NOT coalesce(due.good_known_at <= deadline.decide_by, deadline.decide_by IS NULL)
       AND NOT due.good_seen_at <= deadline.decide_by THEN 'unknown'
      WHEN due.root_good_at IS NOT NULL AND due.root_attempts <= 1 THEN 'S1'
      ELSE 'S2'
    END
    WHEN due.is_open OR due.ended_at IS NULL THEN CASE WHEN deadline.decide_by <= (SELECT kpi.as_of()) THEN 'O+' ELSE 'O' END
    WHEN due.is_unknown THEN 'unknown'
    WHEN due.is_skipped THEN 'N'
    ELSE 'F'
  END AS outcome
  OFFSET 0
) judged
CROSS JOIN LATERAL (
  SELECT
    CASE WHEN judged.outcome IN ('S1', 'S2', 'S3') THEN date_part('epoch', due.good_committed_at - due.source_changed_at) END AS latency_seconds,
    CASE WHEN judged.outcome IN ('S1', 'S2', 'S3') THEN date_part('epoch', due.good_finished_at - due.started_at) END AS duration_seconds
  OFFSET 0
) took
WHERE due.t0 <= (SELECT kpi.as_of());
