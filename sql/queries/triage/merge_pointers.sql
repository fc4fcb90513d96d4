-- What was put into one exception before goes with it into another.
-- grain:   one row of ops.exception per exception that was merged into `from_id`
-- params:  customer_id int; from_id, into_id bigint
-- columns: exception_id bigint
-- source:  exceptions
UPDATE ops.exception e
SET merged_into_exception_id = CAST(:into_id AS bigint)
WHERE e.customer_id = CAST(:customer_id AS int) AND e.merged_into_exception_id = CAST(:from_id AS bigint)
RETURNING e.exception_id
