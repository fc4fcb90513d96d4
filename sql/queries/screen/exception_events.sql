-- What happened to an exception, oldest first.
-- grain:   one row per event
-- params:  customer_ids int[]; exception_id bigint
-- columns: kind, from_state, to_state, actor, note text; at timestamptz
-- source:  exceptions
SELECT v.kind, v.from_state, v.to_state, v.actor, v.note, v.at
FROM ops.exception_event v
WHERE v.customer_id = ANY (CAST(:customer_ids AS int[])) AND v.exception_id = CAST(:exception_id AS bigint)
ORDER BY v.at, v.event_id
