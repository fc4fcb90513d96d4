-- What every expectation is at an instant.
-- expects: look (customer_id int, at, due_from, due_to timestamptz, is_waiting_wanted boolean), one row per customer: what happened at or
--          after `at` has not happened; parameter customer_ids
-- gives:   expectation_state, one row per expectation opened before `at` whose deadline (without one: its event) lies in
--          [due_from, due_to), and, where wanted, of those that still wait: columns of kpi.expectation, placed_at, key, rule, workflow, title, sentence,
--          lacks, severity, flow_id of its rule, outcome:
--            met           satisfied by the deadline
--            late          satisfied after it
--            overdue       the deadline has passed, and nothing satisfies it
--            pending       neither satisfied nor due
--            withdrawn     lost, deleted or written off before the deadline: nothing is expected any more
--            no clock      the event has no time, or the calendar is not filled so far
--            undated       satisfied, nobody knows whether in time
--            unsure        something may satisfy it, by a rule that is no proof
--            not read      where it would be seen has not been read up to the deadline
--          is_met, is_missed (late, overdue), is_decided (met, late, overdue), is_unknown (no clock, undated, unsure, not read)
-- source:  product.md I2; what has not been read is not missing
expectation_object AS (
  SELECT r.customer_id, r.rule_id, r.to_system_id, o.object
  FROM kpi.expectation_rule r
  CROSS JOIN LATERAL unnest(r.reads) o (object)
  WHERE r.customer_id = ANY (CAST(:customer_ids AS int[]))
),
-- what has been read of all that a rule has to see: every system that holds such records, unless the rule names one
expectation_read AS MATERIALIZED (
  SELECT
    o.customer_id, o.rule_id,
    range_intersect_agg(coalesce(
      k.windows,
      -- never polled: written by other means, if at all
      CASE WHEN h.is_held THEN CAST('{[-infinity,infinity]}' AS tstzmultirange) ELSE CAST('{}' AS tstzmultirange) END)) AS windows
  FROM expectation_object o
  LEFT JOIN LATERAL (
    SELECT range_intersect_agg(k.windows) AS windows
    FROM kpi.stream_read k
    JOIN ops.system y ON y.customer_id = k.customer_id AND y.system_id = k.system_id AND y.removed_at IS NULL
    WHERE k.customer_id = o.customer_id AND k.object = o.object AND k.system_id = coalesce(o.to_system_id, k.system_id)
  ) k ON true
  LEFT JOIN LATERAL (
    SELECT true AS is_held
    FROM kpi.object_held h
    WHERE k.windows IS NULL AND h.customer_id = o.customer_id AND h.object = o.object AND h.system_id = coalesce(o.to_system_id, h.system_id)
    LIMIT 1
  ) h ON true
  GROUP BY o.customer_id, o.rule_id
),
expectation_state AS MATERIALIZED (
  SELECT
    j.*, j.outcome = 'met' AS is_met, j.outcome IN ('late', 'overdue') AS is_missed, j.outcome IN ('met', 'late', 'overdue') AS is_decided,
    j.outcome IN ('no clock', 'undated', 'unsure', 'not read') AS is_unknown
  FROM (
    SELECT
      e.customer_id, e.rule_id, e.subject_type, e.system_id, e.subject_id, e.label, e.opened_at, e.due_at, coalesce(e.due_at, e.opened_at) AS placed_at, e.satisfied_at, e.satisfied_until,
      e.satisfied_system_id, e.satisfied_by, e.withdrawn_at, e.amount, CAST(e.currency AS text) AS currency, e.cause_type, e.cause_ref,
      r.key, r.rule, r.workflow, r.title, r.sentence, r.lacks, r.severity, r.flow_id, k.at AS looked_at,
      CASE
        WHEN e.withdrawn_at < least(e.due_at, k.at) THEN 'withdrawn'
        WHEN e.due_at IS NULL THEN 'no clock'
        WHEN e.satisfied_at < k.at AND e.satisfied_at <= e.due_at AND e.satisfied_until > least(e.due_at, k.at) THEN 'met'
        WHEN e.satisfied_at < k.at AND e.satisfied_until >= k.at THEN CASE WHEN e.is_dated THEN 'late' ELSE 'undated' END
        WHEN e.is_unsure THEN 'unsure'
        WHEN e.due_at >= k.at THEN 'pending'
        -- without a hole since it was opened, or since reading began
        WHEN coalesce(upper(d.windows) >= e.due_at AND d.read_from < e.due_at
                      AND d.windows @> tstzrange(greatest(e.opened_at, d.read_from), e.due_at), false) THEN 'overdue'
        ELSE 'not read'
      END AS outcome
    FROM look k
    JOIN kpi.expectation e ON e.customer_id = k.customer_id AND e.opened_at < k.at
    JOIN kpi.expectation_rule r ON r.customer_id = e.customer_id AND r.rule_id = e.rule_id
    LEFT JOIN (
      SELECT x.customer_id, x.rule_id, x.windows, coalesce(lower(x.windows), CAST('-infinity' AS timestamptz)) AS read_from
      FROM expectation_read x
    ) d ON d.customer_id = e.customer_id AND d.rule_id = e.rule_id
    WHERE e.customer_id = ANY (CAST(:customer_ids AS int[]))
      AND (coalesce(e.due_at, e.opened_at) >= k.due_from AND coalesce(e.due_at, e.opened_at) < k.due_to
           OR k.is_waiting_wanted AND e.withdrawn_at = 'infinity' AND (e.satisfied_at = 'infinity' OR e.satisfied_until < 'infinity'))
  ) j
)
