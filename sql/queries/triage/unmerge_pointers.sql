-- What went with a merged exception comes back with it.
-- grain:   one row of ops.exception per exception
-- params:  customer_id int; from_id bigint; exception_ids bigint[]
-- columns: rows written
-- source:  exceptions
UPDATE ops.exception e
SET merged_into_exception_id = CAST(:from_id AS bigint)
WHERE e.customer_id = CAST(:customer_id AS int) AND e.exception_id = ANY (CAST(:exception_ids AS bigint[]))
