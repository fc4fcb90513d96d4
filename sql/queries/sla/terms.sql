-- Every version of the terms.
-- grain:   one row per customer and date they hold from
-- params:  customer_ids int[]
-- columns: customer_id int; valid_from date; document jsonb
-- source:  configuration
SELECT t.customer_id, t.valid_from, t.document
FROM ops.terms t
WHERE t.customer_id = ANY (CAST(:customer_ids AS int[]))
ORDER BY t.customer_id, t.valid_from
