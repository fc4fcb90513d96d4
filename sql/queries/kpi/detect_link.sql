-- Tells every candidate which exception it belongs to.
-- grain:   one row of pg_temp.candidate
-- params:  version int
-- columns: none
-- source:  [ours]
UPDATE pg_temp.candidate c
SET exception_id = e.exception_id
FROM ops.exception e
WHERE e.customer_id = c.customer_id AND e.fingerprint = c.fingerprint AND e.fingerprint_version = CAST(:version AS int)
