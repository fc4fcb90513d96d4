-- Held records whose key has since been received in good form.
-- grain:   one row per held record
-- params:  customer_id, system_id int; stream text; record_keys text[]; seen timestamptz
-- columns: quarantine_id bigint
-- source:  the harness
UPDATE ops.quarantine q
SET state = 'superseded', last_seen_at = CAST(:seen AS timestamptz)
WHERE q.customer_id = CAST(:customer_id AS int)
  AND q.system_id = CAST(:system_id AS int)
  AND q.stream = CAST(:stream AS text)
  AND q.state = 'held'
  AND q.record_key = ANY (CAST(:record_keys AS text[]))
RETURNING q.quarantine_id
