-- The expectations behind: Expectations met, missed ones first.
-- grain:   one row per expectation whose deadline lies in the period; without a deadline it is where its event happened
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (deadline); outcome text (met, late, overdue, pending, withdrawn,
--          no clock, undated, unsure, not read); in_numerator, in_denominator, is_unknown boolean; value float8 (seconds from the event to
--          the effect, or to now); amount numeric; currency, flow_key, rule, workflow text; opened_at, satisfied_at timestamptz;
--          satisfied_by text
-- source:  as the figure's
WITH
look AS (
  SELECT c.customer_id, coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond' AS at,
    CAST(:since AS timestamptz) AS due_from, CAST(:until AS timestamptz) AS due_to, false AS is_waiting_wanted
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
),
-- include: expectation_state
SELECT
  s.customer_id, y.key AS system_key, s.subject_id AS item_id, s.title || ': ' || s.label AS label, s.placed_at AS at,
  s.outcome, s.is_met AS in_numerator, s.is_decided AS in_denominator, s.is_unknown,
  CAST(extract(epoch FROM greatest(least(s.satisfied_at, s.looked_at), s.opened_at) - s.opened_at) AS float8) AS value,
  s.amount, s.currency, f.key AS flow_key, s.key AS rule, s.workflow, s.opened_at,
  CASE WHEN s.satisfied_at < s.looked_at THEN s.satisfied_at END AS satisfied_at,
  CASE WHEN s.satisfied_at < s.looked_at THEN s.satisfied_by END AS satisfied_by
FROM expectation_state s
JOIN ops.system y ON y.customer_id = s.customer_id AND y.system_id = s.system_id
LEFT JOIN ops.flow f ON f.customer_id = s.customer_id AND f.flow_id = s.flow_id
ORDER BY s.is_missed DESC, s.is_unknown DESC, s.placed_at, s.customer_id, s.rule_id, s.subject_id
LIMIT CAST(:row_limit AS bigint)
