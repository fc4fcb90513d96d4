-- Exceptions that are known by an older version of the fingerprint, with what their name was made of.
-- grain:   one row per exception, the one that was opened first before the others of its customer
-- params:  customer_ids int[]; version int
-- columns: customer_id int; exception_id bigint; rule, fingerprint text; workflow, message text (of what happened to it last)
-- source:  ops.exception
SELECT e.customer_id, e.exception_id, e.rule, e.fingerprint,
  CASE WHEN e.rule = 'record_quarantined' THEN s.key || ' ' || e.object_key ELSE f.workflow END AS workflow, o.message
FROM ops.exception e
LEFT JOIN LATERAL (
  SELECT o.message, o.flow_id
  FROM ops.exception_occurrence o
  WHERE o.customer_id = e.customer_id AND o.exception_id = e.exception_id
  ORDER BY o.occurred_at DESC, o.subject_id
  LIMIT 1
) o ON true
LEFT JOIN ops.flow f ON f.customer_id = e.customer_id AND f.flow_id = coalesce(o.flow_id, e.flow_id)
LEFT JOIN ops.system s ON s.customer_id = e.customer_id AND s.system_id = e.system_id
WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND e.fingerprint_version < CAST(:version AS int) AND e.state <> 'merged'
ORDER BY e.customer_id, e.opened_at, e.exception_id
