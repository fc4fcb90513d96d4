-- Points a missing project at the technical cause of the run that failed to create it.
-- grain:   one row of ops.exception per open failed creation with such a run
-- params:  customer_ids int[]
-- columns: rows written
-- source:  product.md I6
UPDATE ops.exception e
SET blocked_by_exception_id = c.exception_id
FROM (
  SELECT DISTINCT ON (o.customer_id, o.exception_id) o.customer_id, o.exception_id AS waiting_id, t.exception_id
  FROM ops.exception_occurrence o
  JOIN ops.exception x ON x.customer_id = o.customer_id AND x.exception_id = o.exception_id AND x.rule = 'failed_project_creation'
    AND x.blocked_by_exception_id IS NULL
  JOIN biz.opportunity w ON w.customer_id = o.customer_id AND w.system_id = o.system_id AND w.source_id = o.subject_id
  JOIN raw.run r ON r.customer_id = o.customer_id AND r.flow_id = o.flow_id
    AND r.due_at >= w.won_at - interval '1 day' AND r.due_at < o.occurred_at + interval '14 days'
    AND upper(trim(r.object_key)) IN (upper(trim(w.number)), upper(trim(w.reference)), upper(w.source_id))
  JOIN ops.exception_occurrence t ON t.customer_id = o.customer_id AND t.subject_type = 'transaction' AND t.system_id = r.system_id
    AND t.subject_id = r.transaction_key AND t.cleared_at IS NULL
  WHERE o.customer_id = ANY (CAST(:customer_ids AS int[])) AND o.subject_type = 'opportunity' AND o.cleared_at IS NULL
    AND (o.customer_id, o.exception_id) IN (SELECT k.customer_id, k.exception_id FROM pg_temp.touched k)
  ORDER BY o.customer_id, o.exception_id, t.occurred_at DESC
) c
WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND c.customer_id = e.customer_id AND c.waiting_id = e.exception_id
