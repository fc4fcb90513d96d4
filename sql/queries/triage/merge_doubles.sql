-- Records that both exceptions tell of: they stay where they are, as none, because the other one tells of them.
-- grain:   one row of ops.exception_occurrence per record that both hold and that is still open
-- params:  customer_id int; from_id, into_id bigint
-- columns: rows written
-- source:  exceptions; found_as their own exception marks them, so that an undo opens them again
UPDATE ops.exception_occurrence o
SET cleared_at = o.occurred_at, found_as = o.exception_id
WHERE o.customer_id = CAST(:customer_id AS int) AND o.exception_id = CAST(:from_id AS bigint) AND o.cleared_at IS NULL
  AND EXISTS (
    SELECT FROM ops.exception_occurrence t
    WHERE t.customer_id = CAST(:customer_id AS int) AND t.exception_id = CAST(:into_id AS bigint) AND t.subject_type = o.subject_type
      AND t.system_id = o.system_id AND t.subject_id = o.subject_id)
