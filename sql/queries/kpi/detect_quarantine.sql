-- Records that could not be read, by system, stream and reason.
-- grain:   one row of pg_temp.candidate per held record, and per one that is still in the queue and is no longer held
-- params:  customer_ids, everything_ids int[]
-- columns: rule record_quarantined; a fingerprint follows from the words of the reason
-- source:  ops.quarantine
INSERT INTO pg_temp.candidate (
  customer_id, rule, class, workflow, system_id, object_type, object_key, title, severity, subject_type, subject_system_id, subject_id,
  occurred_at, cleared_at, message)
SELECT
  q.customer_id, 'record_quarantined', 'technical', s.key || ' ' || q.stream, q.system_id, 'stream', q.stream,
  'Records of ' || s.key || ', ' || replace(q.stream, '_', ' ') || ', could not be read', 4,
  'record', q.system_id, CAST(q.quarantine_id AS text), q.first_seen_at,
  CASE WHEN q.state <> 'held' THEN greatest(coalesce(q.replayed_at, q.last_seen_at), q.first_seen_at + interval '1 microsecond') END,
  concat_ws(': ', q.field, q.reason)
FROM ops.quarantine q
JOIN ops.system s ON s.customer_id = q.customer_id AND s.system_id = q.system_id
LEFT JOIN ops.exception_occurrence o ON o.customer_id = q.customer_id AND o.subject_type = 'record' AND o.system_id = q.system_id
  AND o.subject_id = CAST(q.quarantine_id AS text) AND o.cleared_at IS NULL
WHERE q.customer_id = ANY (CAST(:customer_ids AS int[]))
  AND (q.state = 'held' OR o.subject_id IS NOT NULL OR q.customer_id = ANY (CAST(:everything_ids AS int[])))
