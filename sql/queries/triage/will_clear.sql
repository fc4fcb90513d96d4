-- What will clear when the cause is gone: its own open records, and those of the open exceptions that wait for it.
-- grain:   one row per kind of record, the most first
-- params:  customer_ids int[]; exception_id bigint
-- columns: subject_type text; records bigint (each once)
-- source:  product.md I6
SELECT o.subject_type, count(DISTINCT (o.system_id, o.subject_id)) AS records
FROM ops.exception e
JOIN ops.exception_occurrence o ON o.customer_id = e.customer_id AND o.exception_id = e.exception_id AND o.cleared_at IS NULL
WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND e.closed_at IS NULL
  AND (e.exception_id = CAST(:exception_id AS bigint) OR e.blocked_by_exception_id = CAST(:exception_id AS bigint))
GROUP BY o.subject_type
ORDER BY records DESC, o.subject_type
