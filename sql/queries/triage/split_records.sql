-- Takes records out of an exception into another one.
-- grain:   one row of ops.exception_occurrence per record
-- params:  customer_id int; from_id, into_id bigint; subjects text[] (`time_entry 4711`, or `4711` where that is enough)
-- columns: exception_id bigint
-- source:  exceptions
UPDATE ops.exception_occurrence o
SET exception_id = CAST(:into_id AS bigint), found_as = coalesce(o.found_as, o.exception_id)
WHERE o.customer_id = CAST(:customer_id AS int) AND o.exception_id = CAST(:from_id AS bigint)
  AND (o.subject_id = ANY (CAST(:subjects AS text[])) OR o.subject_type || ' ' || o.subject_id = ANY (CAST(:subjects AS text[])))
RETURNING o.exception_id
