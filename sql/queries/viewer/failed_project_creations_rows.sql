-- The opportunities behind: Failed project creations, by name.
-- grain:   one row per opportunity won in the period, failed ones first
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (won); outcome text (missing silently, missing with an error,
--          late, created, pending, withdrawn, unsure, not read, no promise); in_numerator, in_denominator, is_unknown boolean; value
--          float8 (seconds from the win to the project, or to now); amount numeric; currency, flow_key text; due_at, ready_at
--          timestamptz; projects bigint (more than one: a duplicate); practice text
-- source:  as the figure's
WITH
look AS (
  SELECT c.customer_id, coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond' AS at, CAST(:since AS timestamptz) AS won_from
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
),
-- include: creation
,
-- include: creation_run
,
-- include: deal_practice
SELECT
  c.customer_id, y.key AS system_key, c.opportunity_id AS item_id,
  concat_ws(', ', concat_ws(' ', coalesce(c.number, c.reference, c.opportunity_id), c.name), c.account) AS label,
  c.won_at AS at,
  CASE c.outcome
    WHEN 'missing' THEN CASE WHEN t.opportunity_id IS NULL THEN 'missing silently' ELSE 'missing with an error' END
    ELSE replace(c.outcome, '_', ' ')
  END AS outcome,
  c.is_failed AS in_numerator, c.is_decided AS in_denominator, c.is_unknown,
  CAST(extract(epoch FROM greatest(coalesce(c.ready_at, c.looked_at), c.won_at) - c.won_at) AS float8) AS value,
  c.amount, c.currency, c.flow_key, c.due_at, c.ready_at, c.projects,
  coalesce(d.practice, '(no practice)') AS practice
FROM creation c
JOIN ops.system y ON y.customer_id = c.customer_id AND y.system_id = c.system_id
LEFT JOIN deal_practice d ON d.customer_id = c.customer_id AND d.system_id = c.system_id AND d.opportunity_id = c.opportunity_id
LEFT JOIN told t ON t.customer_id = c.customer_id AND t.system_id = c.system_id AND t.opportunity_id = c.opportunity_id
WHERE c.won_at >= CAST(:since AS timestamptz) AND c.won_at < CAST(:until AS timestamptz)
ORDER BY c.is_failed DESC, c.is_unknown DESC, c.won_at, c.customer_id, c.opportunity_id
LIMIT CAST(:row_limit AS bigint)
