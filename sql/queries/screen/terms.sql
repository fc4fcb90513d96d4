-- The terms in force on a day: last March is judged by last March's promise.
-- grain:   one row per customer that has terms
-- params:  customer_ids int[]; on_day date
-- columns: customer_id int; valid_from date; tier text; document jsonb
-- source:  configuration
SELECT DISTINCT ON (t.customer_id) t.customer_id, t.valid_from, t.tier, t.document
FROM ops.terms t
WHERE t.customer_id = ANY (CAST(:customer_ids AS int[])) AND t.valid_from <= CAST(:on_day AS date)
ORDER BY t.customer_id, t.valid_from DESC
