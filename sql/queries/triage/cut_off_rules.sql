-- When customers close their books for billing: the rule, and what it is read with.
-- grain:   one row per customer
-- params:  customer_ids int[]
-- columns: customer_id int; billing_cut_off jsonb; time_zone, country text
-- source:  configuration
SELECT c.customer_id, c.billing_cut_off, c.time_zone, c.country
FROM ops.customer c
WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
ORDER BY c.customer_id
