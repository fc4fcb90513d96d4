-- The customers to look at.
-- grain:   one row per customer that is not stopped
-- params:  none
-- columns: customer_id int
-- source:  configuration
SELECT c.customer_id
FROM ops.customer c
WHERE c.stopped_at IS NULL
ORDER BY c.customer_id
