-- Takes back what was put into another exception: the records that detection finds as one of these, and those that both told of.
-- grain:   one row of ops.exception_occurrence per record
-- params:  customer_id int; from_id, into_id bigint; found_ids bigint[] (from_id, and what had been merged into it before)
-- columns: rows written
-- source:  exceptions; in its own exception again a record needs no memory of it
UPDATE ops.exception_occurrence o
SET
  exception_id = CAST(:from_id AS bigint),
  cleared_at = CASE WHEN o.exception_id = CAST(:from_id AS bigint) THEN NULL ELSE o.cleared_at END,
  found_as = nullif(o.found_as, CAST(:from_id AS bigint))
WHERE o.customer_id = CAST(:customer_id AS int)
  AND (o.exception_id = CAST(:into_id AS bigint) AND o.found_as = ANY (CAST(:found_ids AS bigint[]))
       OR o.exception_id = CAST(:from_id AS bigint) AND o.found_as = o.exception_id AND o.cleared_at = o.occurred_at)
