-- How much of an exception is open, and how much there is.
-- grain:   one row
-- params:  customer_id int; exception_id bigint
-- columns: open, records bigint
-- source:  exceptions
SELECT count(*) FILTER (WHERE o.cleared_at IS NULL) AS open, count(*) AS records
FROM ops.exception_occurrence o
WHERE o.customer_id = CAST(:customer_id AS int) AND o.exception_id = CAST(:exception_id AS bigint)
