-- How many exceptions each view of the queue holds, and what is at risk in the open ones.
-- grain:   one row per currency of the open ones (null: no value known), and one for all (scope 'all')
-- params:  customer_ids int[]
-- columns: scope text ('all' or 'currency'); currency text; open, fresh, waiting, closed bigint; value_at_risk numeric
-- source:  exceptions
SELECT 'all' AS scope, CAST(NULL AS text) AS currency,
       count(*) FILTER (WHERE e.closed_at IS NULL) AS open,
       count(*) FILTER (WHERE e.closed_at IS NULL AND e.state IN ('new', 'reopened')) AS fresh,
       count(*) FILTER (WHERE e.closed_at IS NULL AND e.state = 'waiting') AS waiting,
       count(*) FILTER (WHERE e.closed_at IS NOT NULL) AS closed,
       CAST(NULL AS numeric) AS value_at_risk
FROM ops.exception e
WHERE e.customer_id = ANY (CAST(:customer_ids AS int[]))
UNION ALL
SELECT 'currency', CAST(e.currency AS text), count(*), NULL, NULL, NULL, sum(e.value_at_risk)
FROM ops.exception e
WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND e.closed_at IS NULL
GROUP BY e.currency
