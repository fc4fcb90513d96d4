-- How many exceptions each customer has open, and what they put at risk.
-- grain:   one row per customer and currency of its open exceptions (null: no value known)
-- params:  customer_ids int[]
-- columns: customer_id int; currency text; open bigint; value_at_risk numeric
-- source:  exceptions
SELECT e.customer_id, CAST(e.currency AS text) AS currency, count(*) AS open, sum(e.value_at_risk) AS value_at_risk
FROM ops.exception e
WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND e.closed_at IS NULL
GROUP BY e.customer_id, e.currency
ORDER BY e.customer_id, e.currency
