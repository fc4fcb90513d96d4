-- Whether an exception was opened since somebody asked before: then one of these numbers is another.
-- grain:   one row per customer
-- params:  customer_ids int[]
-- columns: customer_id int; newest bigint (its latest exception; null: it never had one)
-- source:  exceptions
SELECT c.customer_id, n.newest
FROM unnest(CAST(:customer_ids AS int[])) AS c (customer_id)
CROSS JOIN LATERAL (SELECT max(e.exception_id) AS newest FROM ops.exception e WHERE e.customer_id = c.customer_id) n
ORDER BY c.customer_id
