-- In which stage of its life with the service a customer is, and since when.
-- grain:   one row per customer and stage
-- params:  customer_ids int[]
-- columns: customer_id int; valid_from date; stage text
-- source:  configuration
SELECT s.customer_id, s.valid_from, s.stage
FROM ops.lifecycle_stage s
WHERE s.customer_id = ANY (CAST(:customer_ids AS int[]))
ORDER BY s.customer_id, s.valid_from
