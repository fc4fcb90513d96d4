-- Says what became of a held record.
-- grain:   one row
-- params:  customer_id int; quarantine_id bigint; state, reason, field text (reason, field: null keeps them); at timestamptz
-- columns: none
-- source:  replay
UPDATE ops.quarantine
SET state = CAST(:state AS text),
    reason = coalesce(CAST(:reason AS text), reason),
    field = CASE WHEN CAST(:reason AS text) IS NULL THEN field ELSE CAST(:field AS text) END,
    replayed_at = CASE WHEN CAST(:state AS text) = 'replayed' THEN CAST(:at AS timestamptz) END
WHERE customer_id = CAST(:customer_id AS int) AND quarantine_id = CAST(:quarantine_id AS bigint)
