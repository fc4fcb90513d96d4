-- Exceptions whose class was not worked out by these rules, with the words of what happened to them last.
-- grain:   one row per exception
-- params:  customer_ids int[]; class_version int
-- columns: customer_id int; exception_id bigint; rule, fingerprint text; message text (null: it said nothing)
-- source:  ops.exception
SELECT e.customer_id, e.exception_id, e.rule, e.fingerprint, o.message
FROM ops.exception e
LEFT JOIN LATERAL (
  SELECT o.message
  FROM ops.exception_occurrence o
  WHERE o.customer_id = e.customer_id AND o.exception_id = e.exception_id
  ORDER BY o.occurred_at DESC, o.subject_id
  LIMIT 1
) o ON true
WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND e.error_class_version < CAST(:class_version AS int)
