-- The records that are held back from one stream, each with what was wrong with it; what stands in them is not shown.
-- grain:   one row per record
-- params:  customer_ids int[]; system_key, stream text
-- columns: record_key, reason, field, place text; first_seen_at, last_seen_at timestamptz
-- source:  quarantine
SELECT q.record_key, q.reason, q.field, q.place, q.first_seen_at, q.last_seen_at
FROM ops.quarantine q
JOIN ops.system s ON s.customer_id = q.customer_id AND s.system_id = q.system_id
WHERE q.customer_id = ANY (CAST(:customer_ids AS int[])) AND q.state = 'held'
  AND s.key = CAST(:system_key AS text) AND q.stream = CAST(:stream AS text)
ORDER BY q.first_seen_at DESC, q.record_key
