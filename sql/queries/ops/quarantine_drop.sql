-- Lets go of a held record because somebody says so: it was mended where it came from, or is of no use.
-- grain:   one row, none when it is not held any more
-- params:  customer_id int; quarantine_id bigint; at timestamptz
-- columns: quarantine_id bigint
-- source:  a person; who and why stands in the audit
UPDATE ops.quarantine
SET state = 'superseded', last_seen_at = CAST(:at AS timestamptz)
WHERE customer_id = CAST(:customer_id AS int) AND quarantine_id = CAST(:quarantine_id AS bigint) AND state = 'held'
RETURNING quarantine_id
