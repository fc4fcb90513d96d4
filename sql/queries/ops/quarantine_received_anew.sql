-- What could not be read of a place, once the place as a whole has been read.
-- grain:   one row per held piece
-- params:  customer_id, system_id int; stream, place text; inside boolean (also what stood in it, at "place, …");
--          poll_id bigint (the poll that read it now); seen timestamptz
-- columns: quarantine_id bigint
-- source:  the harness
UPDATE ops.quarantine q
SET state = 'superseded', last_seen_at = CAST(:seen AS timestamptz)
WHERE q.customer_id = CAST(:customer_id AS int)
  AND q.system_id = CAST(:system_id AS int)
  AND q.stream = CAST(:stream AS text)
  AND q.state = 'held'
  AND (q.place = CAST(:place AS text) OR CAST(:inside AS boolean) AND starts_with(q.place, CAST(:place AS text) || ', '))
  AND q.poll_id <> CAST(:poll_id AS bigint)
RETURNING q.quarantine_id
