-- Keeps a record that cannot be mapped; the same bytes again are counted, not kept twice.
-- grain:   one row
-- params:  customer_id, system_id int; stream, record_key, reason, field, place text; payload, payload_sha256 bytea; poll_id bigint;
--          seen timestamptz
-- columns: none
-- source:  the harness
INSERT INTO ops.quarantine AS q
  (customer_id, system_id, stream, record_key, reason, field, place, payload, payload_sha256, poll_id, first_seen_at, last_seen_at)
VALUES (
  CAST(:customer_id AS int), CAST(:system_id AS int), CAST(:stream AS text), CAST(:record_key AS text), CAST(:reason AS text),
  CAST(:field AS text), CAST(:place AS text), CAST(:payload AS bytea), CAST(:payload_sha256 AS bytea), CAST(:poll_id AS bigint),
  CAST(:seen AS timestamptz), CAST(:seen AS timestamptz)
)
ON CONFLICT (customer_id, system_id, stream, payload_sha256) DO UPDATE SET
  state = 'held', times_seen = q.times_seen + 1, reason = excluded.reason, field = excluded.field, place = excluded.place,
  record_key = excluded.record_key, poll_id = excluded.poll_id, last_seen_at = excluded.last_seen_at, replayed_at = NULL
