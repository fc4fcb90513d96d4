-- What terms can name: the flows, kinds of work, systems and calendars that a customer has, and not those that were removed.
-- grain:   one row per kind and key
-- params:  customer_ids int[]
-- columns: customer_id int; kind text (flow, workflow, system, calendar); key text
-- source:  configuration
WITH flow AS (
  SELECT f.customer_id, f.key, f.workflow
  FROM ops.flow f
  WHERE f.customer_id = ANY (CAST(:customer_ids AS int[])) AND f.removed_at IS NULL
)
SELECT f.customer_id, 'flow' AS kind, f.key
FROM flow f
UNION ALL
SELECT DISTINCT f.customer_id, 'workflow', f.workflow
FROM flow f
UNION ALL
SELECT s.customer_id, 'system', s.key
FROM ops.system s
WHERE s.customer_id = ANY (CAST(:customer_ids AS int[])) AND s.removed_at IS NULL
UNION ALL
SELECT k.customer_id, 'calendar', k.key
FROM ops.calendar k
WHERE k.customer_id = ANY (CAST(:customer_ids AS int[]))
ORDER BY customer_id, kind, key
