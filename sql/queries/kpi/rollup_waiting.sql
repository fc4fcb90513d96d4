-- How much is waiting to be counted again.
-- grain:   one row per customer
-- params:  now timestamptz
-- columns: customer_id int; cells bigint
-- source:  ops.dirty_cell; hours that have not begun wait for their time
SELECT d.customer_id, count(*) AS cells
FROM ops.dirty_cell d
WHERE d.hour <= CAST(:now AS timestamptz)
GROUP BY d.customer_id
ORDER BY d.customer_id
