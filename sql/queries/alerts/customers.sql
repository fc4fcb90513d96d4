-- Customers that have open alerts.
-- grain:   one row per customer
-- params:  none
-- columns: customer_id int
-- source:  an alert whose rule is gone must be closed as well
SELECT DISTINCT a.customer_id
FROM ops.alert a
WHERE a.closed_at IS NULL
ORDER BY a.customer_id
