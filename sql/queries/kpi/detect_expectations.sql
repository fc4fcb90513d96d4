-- Expectations whose deadline passed without the effect, and those that it reached late.
-- grain:   one row of pg_temp.candidate per expectation; the cause is the record, or the project of billable work
-- params:  customer_ids, everything_ids int[]; now timestamptz
-- columns: rule expectation_overdue; began at the deadline, cleared when the effect came or the record was withdrawn. A won deal without a
--          project is failed_project_creation, the same exception that the flow's promise opens: one missing project, one entry, since the
--          earlier of the two deadlines
-- source:  product.md I2; they open whether or not anything ran
WITH
look AS (
  SELECT
    c.customer_id, CAST(:now AS timestamptz) + interval '1 microsecond' AS at,
    -- the past is settled, but for what is still open
    CASE WHEN c.customer_id = ANY (CAST(:everything_ids AS int[])) THEN CAST('-infinity' AS timestamptz)
         ELSE least(CAST(:now AS timestamptz), min(o.occurred_at)) - interval '60 days' END AS due_from,
    CAST('infinity' AS timestamptz) AS due_to, true AS is_waiting_wanted
  FROM ops.customer c
  LEFT JOIN ops.exception e ON e.customer_id = c.customer_id AND e.rule IN ('expectation_overdue', 'failed_project_creation')
  LEFT JOIN ops.exception_occurrence o ON o.customer_id = e.customer_id AND o.exception_id = e.exception_id AND o.cleared_at IS NULL
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
  GROUP BY c.customer_id
),
-- include: expectation_state
,
missed AS MATERIALIZED (
  SELECT
    s.*, CASE WHEN s.rule = 'won-to-project' THEN 'failed_project_creation' ELSE 'expectation_overdue' END AS exception_rule,
    CASE WHEN s.outcome = 'late' THEN s.satisfied_at ELSE nullif(least(s.withdrawn_at, s.looked_at), s.looked_at) END AS cleared_at
  FROM expectation_state s
  WHERE s.is_missed
),
-- the flow's promise tells the same: the earlier deadline counts
told AS (
  UPDATE pg_temp.candidate c
  SET occurred_at = least(c.occurred_at, m.due_at)
  FROM missed m
  WHERE c.customer_id = m.customer_id AND c.rule = m.exception_rule AND c.rule = 'failed_project_creation'
    AND c.subject_type = m.subject_type AND c.subject_system_id = m.system_id AND c.subject_id = m.subject_id
)
INSERT INTO pg_temp.candidate (
  customer_id, rule, class, fingerprint, flow_id, system_id, object_type, object_key, title, detail, severity, subject_type,
  subject_system_id, subject_id, occurred_at, cleared_at, amount, currency, message)
SELECT DISTINCT ON (m.customer_id, m.exception_rule, m.rule, m.subject_type, m.system_id, m.subject_id)
  m.customer_id, m.exception_rule, 'business',
  m.exception_rule || CASE WHEN m.exception_rule = 'expectation_overdue' THEN ':' || m.rule ELSE '' END || ':' || m.system_id || ':' || m.cause_ref,
  m.flow_id, m.system_id, CASE WHEN m.exception_rule = 'failed_project_creation' THEN 'project' ELSE m.cause_type END,
  n.label, n.label || ': ' || m.lacks || CASE m.outcome WHEN 'late' THEN ' in time' ELSE '' END,
  'Expected: ' || m.sentence, m.severity, m.subject_type, m.system_id, m.subject_id, m.due_at, m.cleared_at, m.amount, m.currency, NULL
FROM missed m
LEFT JOIN biz.project p ON m.cause_type = 'project' AND p.customer_id = m.customer_id AND p.system_id = m.system_id AND p.source_id = m.cause_ref
CROSS JOIN LATERAL (
  SELECT CASE WHEN m.cause_type = m.subject_type THEN m.label ELSE coalesce(p.name, p.number, nullif(m.cause_ref, ''), 'No project') END AS label
) n
WHERE NOT EXISTS (
  SELECT
  FROM pg_temp.candidate c
  WHERE c.customer_id = m.customer_id AND c.rule = 'failed_project_creation' AND m.exception_rule = c.rule
    AND c.subject_type = m.subject_type AND c.subject_system_id = m.system_id AND c.subject_id = m.subject_id)
ORDER BY m.customer_id, m.exception_rule, m.rule, m.subject_type, m.system_id, m.subject_id, m.due_at
