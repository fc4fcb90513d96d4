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
--          latency_seconds   target commit minus first source commit, of S1, S2 and S3; null: one of them is not known
--          duration_seconds  last finish minus first start, retries and their waits included; null: not known
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
    WHEN 'S1' THEN good.at WHEN 'S2' THEN good.at WHEN 'S3' THEN good.at
    WHEN 'F' THEN greatest(due.ended_at, again.ended_at)
    WHEN 'O+' THEN deadline.decide_by WHEN 'M' THEN deadline.decide_by
  END AS decided_at,
  due.made + coalesce(again.made, 0) AS attempts,
  -- a retry may carry the whole batch or only what was left of it: the batch is the larger, the bad are the last run's
  greatest(due.records_ok + due.records_bad, again.records_ok + again.records_bad)
    - coalesce(again.records_bad, due.records_bad) AS records_ok,
  CASE
    WHEN greatest(due.records_ok + due.records_bad, again.records_ok + again.records_bad) IS NOT NULL
    THEN coalesce(again.records_bad, due.records_bad)
  END AS records_bad,
  CASE
    WHEN judged.outcome IN ('S1', 'S2', 'S3')
    THEN CAST(extract(epoch FROM CASE WHEN due.good_at IS NOT NULL THEN due.target_committed_at ELSE again.good_committed_at END
                                 - least(due.source_changed_at, again.source_changed_at)) AS double precision)
  END AS latency_seconds,
  CASE
    WHEN judged.outcome IN ('S1', 'S2', 'S3')
    THEN CAST(extract(epoch FROM CASE WHEN due.good_at IS NOT NULL THEN due.finished_at ELSE again.good_finished_at END
                                 - least(due.started_at, again.started_at)) AS double precision)
  END AS duration_seconds,
  due.object_type, due.object_key, due.amount, due.currency, due.status, due.source_status, due.trigger,
  coalesce(again.error_message, due.error_message) AS error_message,
  least(CASE WHEN judged.outcome = 'O' THEN deadline.decide_by END,
        CASE WHEN due.ended_at > (SELECT kpi.as_of()) THEN due.ended_at END,
        CASE WHEN due.started_at > (SELECT kpi.as_of()) THEN due.started_at END,
        again.next_at) AS next_decision_at
FROM (
  SELECT
    run.customer_id, run.flow_id, run.transaction_key, run.system_id, run.external_id, run.workflow_name, run.due_at AS t0,
    run.status, run.source_status, run.trigger, run.started_at, run.finished_at, run.source_changed_at, run.target_committed_at,
    run.object_type, run.object_key, run.amount, run.currency, run.error_message, run.last_seen_at,
    run.is_root, run.ended_at, run.is_ended, run.good_at, run.has_end, run.made, run.records_ok, run.records_bad,
    false AS is_slot, CAST(NULL AS timestamptz) AS slot_ends_at
  FROM kpi.run
  UNION ALL
  SELECT
    slot.customer_id, slot.flow_id, 'slot ' || CAST(slot.due_at AT TIME ZONE 'UTC' AS text), NULL, NULL, NULL, slot.due_at,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL,
    true, NULL, false, NULL, false, 0, NULL, NULL,
    true, slot.ends_at
  FROM kpi.slot
) due
LEFT JOIN ops.flow_promise promise
  ON promise.customer_id = due.customer_id AND promise.flow_id = due.flow_id
 AND promise.valid_from <= due.t0 AND due.t0 < promise.valid_to
-- open seconds of the calendar before t0 ...
LEFT JOIN LATERAL (
  SELECT w.seconds_before + extract(epoch FROM least(due.t0, w.closes_at) - w.opens_at) AS seconds
  FROM ops.calendar_window w
  WHERE w.customer_id = promise.customer_id AND w.calendar_id = promise.calendar_id AND w.opens_at <= due.t0
  ORDER BY w.opens_at DESC
  LIMIT 1
) open_before ON true
-- ... and the window in which the promised ones are used up
LEFT JOIN LATERAL (
  SELECT w.opens_at + make_interval(secs => CAST(coalesce(open_before.seconds, 0) + promise.deadline_seconds - w.seconds_before AS double precision)) AS at,
         w.closes_at
  FROM ops.calendar_window w
  WHERE w.customer_id = promise.customer_id AND w.calendar_id = promise.calendar_id
    AND w.seconds_before < coalesce(open_before.seconds, 0) + promise.deadline_seconds
  ORDER BY w.seconds_before DESC
  LIMIT 1
) used_up ON true
CROSS JOIN LATERAL (
  SELECT CASE
    WHEN promise.calendar_id IS NULL THEN due.t0 + make_interval(secs => promise.deadline_seconds)
    WHEN used_up.at <= used_up.closes_at THEN used_up.at
  END AS decide_by
) deadline
-- an earlier run of the same chain: then this one is its retry, and no transaction of its own
LEFT JOIN LATERAL (
  SELECT true AS exists
  FROM raw.run other
  WHERE NOT due.is_root
    AND other.customer_id = due.customer_id AND other.flow_id = due.flow_id AND other.due_at = due.t0
    AND other.system_id = due.system_id AND other.transaction_key = due.transaction_key
    AND (other.external_id = other.transaction_key
         OR (coalesce(other.started_at, other.due_at), other.external_id) < (coalesce(due.started_at, due.t0), due.external_id))
  LIMIT 1
) earlier ON true
-- the retries that are runs of their own
LEFT JOIN LATERAL (
  SELECT
    sum(retry.made) FILTER (WHERE retry.seen_from <= (SELECT kpi.as_of())) AS made,
    min(retry.good_at) AS good_at,
    (array_agg(retry.target_committed_at ORDER BY retry.good_at) FILTER (WHERE retry.good_at IS NOT NULL))[1] AS good_committed_at,
    (array_agg(retry.finished_at ORDER BY retry.good_at) FILTER (WHERE retry.good_at IS NOT NULL))[1] AS good_finished_at,
    (array_agg(retry.has_end OR retry.last_seen_at <= deadline.decide_by ORDER BY retry.good_at)
      FILTER (WHERE retry.good_at IS NOT NULL))[1] AS good_in_time_known,
    min(retry.seen_from) FILTER (WHERE retry.trigger = 'manual') AS manual_at,
    max(retry.ended_at) FILTER (WHERE retry.is_ended) AS ended_at,
    bool_or(NOT retry.is_ended) FILTER (WHERE retry.seen_from <= (SELECT kpi.as_of())) AS is_open,
    bool_or(retry.status = 'unknown') FILTER (WHERE retry.is_ended) AS is_unknown,
    bool_and(retry.status = 'skipped') FILTER (WHERE retry.is_ended) AS is_skipped,
    min(retry.started_at) FILTER (WHERE retry.started_at <= (SELECT kpi.as_of())) AS started_at,
    min(retry.source_changed_at) AS source_changed_at,
    (array_agg(retry.records_ok ORDER BY retry.ended_at DESC) FILTER (WHERE retry.records_ok IS NOT NULL AND retry.records_bad IS NOT NULL))[1] AS records_ok,
    (array_agg(retry.records_bad ORDER BY retry.ended_at DESC) FILTER (WHERE retry.records_ok IS NOT NULL AND retry.records_bad IS NOT NULL))[1] AS records_bad,
    (array_agg(retry.error_message ORDER BY retry.ended_at DESC) FILTER (WHERE retry.error_message IS NOT NULL AND retry.is_ended))[1] AS error_message,
    least(min(retry.seen_from) FILTER (WHERE retry.seen_from > (SELECT kpi.as_of())),
          min(retry.ended_at) FILTER (WHERE retry.ended_at > (SELECT kpi.as_of()))) AS next_at
  FROM kpi.run retry
  WHERE NOT due.is_slot
    AND retry.customer_id = due.customer_id AND retry.flow_id = due.flow_id AND retry.due_at = due.t0
    AND retry.system_id = due.system_id AND retry.transaction_key = due.transaction_key
    AND NOT retry.is_root AND retry.external_id <> due.external_id
) again ON true
-- a run that serves the slot
LEFT JOIN LATERAL (
  SELECT true AS exists
  FROM raw.run other
  WHERE due.is_slot AND other.customer_id = due.customer_id AND other.flow_id = due.flow_id
    AND other.due_at >= due.t0 AND other.due_at < least(due.slot_ends_at, deadline.decide_by)
    AND other.due_at <= (SELECT kpi.as_of())
  LIMIT 1
) served ON true
CROSS JOIN LATERAL (SELECT coalesce(due.good_at, again.good_at) AS at) good
CROSS JOIN LATERAL (
  SELECT CASE
    WHEN due.is_slot THEN CASE WHEN deadline.decide_by <= (SELECT kpi.as_of()) THEN 'M' ELSE 'O' END
    WHEN due.trigger = 'test' THEN 'N'
    WHEN due.good_at IS NULL AND again.manual_at <= good.at THEN 'S3'
    WHEN good.at IS NOT NULL AND promise.calendar_id IS NOT NULL AND deadline.decide_by IS NULL THEN 'unknown'
    WHEN good.at > deadline.decide_by THEN 'S3'
    WHEN due.good_at IS NOT NULL AND NOT due.has_end AND due.last_seen_at > deadline.decide_by THEN 'unknown'
    WHEN due.good_at IS NOT NULL AND due.made <= 1 THEN 'S1'
    WHEN due.good_at IS NOT NULL THEN 'S2'
    WHEN good.at IS NOT NULL AND NOT again.good_in_time_known THEN 'unknown'
    WHEN good.at IS NOT NULL THEN 'S2'
    WHEN NOT due.is_ended OR again.is_open THEN CASE WHEN deadline.decide_by <= (SELECT kpi.as_of()) THEN 'O+' ELSE 'O' END
    WHEN due.status = 'unknown' OR again.is_unknown THEN 'unknown'
    WHEN due.status = 'skipped' AND coalesce(again.is_skipped, true) THEN 'N'
    ELSE 'F'
  END AS outcome
) judged
WHERE earlier.exists IS NULL AND served.exists IS NULL AND due.t0 <= (SELECT kpi.as_of());
