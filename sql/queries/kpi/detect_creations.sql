-- Won opportunities whose project was not there in time, and those that a project may belong to by a rule that is no proof.
-- grain:   one row of pg_temp.candidate per opportunity; each is a cause of its own: the missing project
-- params:  customer_ids, everything_ids int[]; now timestamptz
-- columns: rules failed_project_creation (began at the deadline, cleared when the project came or the deal was lost), unmatched_record
-- source:  metrics.md C1; sources.md B2.5, trap 3: low confidence never becomes a fact
WITH
look AS (
  SELECT
    c.customer_id, CAST(:now AS timestamptz) + interval '1 microsecond' AS at,
    -- the past is settled, but for what is still open
    CASE WHEN c.customer_id = ANY (CAST(:everything_ids AS int[])) THEN CAST('-infinity' AS timestamptz)
         ELSE least(CAST(:now AS timestamptz), min(o.occurred_at)) - interval '60 days' END AS won_from
  FROM ops.customer c
  LEFT JOIN ops.exception_occurrence o ON o.customer_id = c.customer_id AND o.subject_type = 'opportunity' AND o.cleared_at IS NULL
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
  GROUP BY c.customer_id
),
-- include: creation
,
-- include: creation_run
INSERT INTO pg_temp.candidate (
  customer_id, rule, class, fingerprint, flow_id, system_id, object_type, object_key, title, detail, severity, subject_type,
  subject_system_id, subject_id, occurred_at, cleared_at, amount, currency, message)
SELECT
  c.customer_id, v.rule, 'business', v.rule || ':' || c.system_id || ':' || c.opportunity_id, c.flow_id, c.system_id,
  CASE WHEN v.rule = 'failed_project_creation' THEN 'project' ELSE 'opportunity' END, v.label,
  CASE
    WHEN v.rule = 'unmatched_record' THEN 'Is there a project for ' || v.label || ' already?'
    WHEN c.outcome = 'late' THEN 'Project for ' || v.label || ' was created late'
    ELSE 'Project for ' || v.label || ' was never created'
  END,
  CASE
    WHEN v.rule = 'unmatched_record' THEN 'A project of the same account was made about then, and nothing proves that it is this one.'
    WHEN c.outcome = 'late' THEN NULL
    WHEN t.opportunity_id IS NOT NULL THEN 'A run tried and failed.'
    ELSE 'No run reported an error.'
  END,
  CASE WHEN v.rule = 'unmatched_record' THEN 4 ELSE 2 END,
  'opportunity', c.system_id, c.opportunity_id, v.occurred_at, v.cleared_at, c.amount, c.currency,
  CASE WHEN v.rule = 'unmatched_record' THEN 'estimated: nothing is lost if it is this one' END
FROM creation c
LEFT JOIN told t ON t.customer_id = c.customer_id AND t.system_id = c.system_id AND t.opportunity_id = c.opportunity_id
CROSS JOIN LATERAL (
  SELECT
    CASE WHEN c.is_failed THEN 'failed_project_creation' ELSE 'unmatched_record' END AS rule,
    coalesce(c.number, c.reference, c.name, c.opportunity_id) || coalesce(' (' || c.account || ')', '') AS label,
    CASE WHEN c.is_failed THEN c.due_at ELSE c.won_at END AS occurred_at,
    CASE WHEN c.is_failed THEN coalesce(c.ready_at, nullif(least(c.unwon_at, c.looked_at), c.looked_at)) END AS cleared_at
) v
WHERE c.is_failed OR c.outcome = 'unsure'
