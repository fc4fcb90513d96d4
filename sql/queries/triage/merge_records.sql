-- Puts what an exception happened to into another one; what that one tells of already stays.
-- grain:   one row of ops.exception_occurrence per record
-- params:  customer_id int; from_id, into_id bigint
-- columns: rows written
-- source:  exceptions; found_as remembers by whose fingerprint detection finds the record
UPDATE ops.exception_occurrence o
SET exception_id = CAST(:into_id AS bigint), found_as = coalesce(o.found_as, o.exception_id)
WHERE o.customer_id = CAST(:customer_id AS int) AND o.exception_id = CAST(:from_id AS bigint)
  AND NOT EXISTS (
    SELECT FROM ops.exception_occurrence t
    WHERE t.customer_id = CAST(:customer_id AS int) AND t.exception_id = CAST(:into_id AS bigint) AND t.subject_type = o.subject_type
      AND t.system_id = o.system_id AND t.subject_id = o.subject_id)
