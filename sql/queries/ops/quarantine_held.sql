-- Records in quarantine, oldest first.
-- grain:   one row per held record
-- params:  customer_id int; system, stream, reason text (null: all)
-- columns: customer_id, system_id int; quarantine_id bigint; customer, system, stream, record_key, reason, field, place text;
--          payload bytea; times_seen int; first_seen_at, last_seen_at timestamptz; state text
-- source:  ops.quarantine
SELECT
  q.customer_id, q.system_id, q.quarantine_id, c.key AS customer, s.key AS system, q.stream, q.record_key, q.reason, q.field, q.place,
  q.payload, q.times_seen, q.first_seen_at, q.last_seen_at, q.state
FROM ops.quarantine q
JOIN ops.system s ON s.customer_id = q.customer_id AND s.system_id = q.system_id
JOIN ops.customer c ON c.customer_id = q.customer_id
WHERE q.state = 'held'
  AND (CAST(:customer_id AS int) IS NULL OR q.customer_id = :customer_id)
  AND (CAST(:system AS text) IS NULL OR s.key = :system)
  AND (CAST(:stream AS text) IS NULL OR q.stream = :stream)
  AND (CAST(:reason AS text) IS NULL OR q.reason = :reason)
ORDER BY q.customer_id, q.system_id, q.stream, q.quarantine_id
