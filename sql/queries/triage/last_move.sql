-- The latest thing that moved an exception: who was faster.
-- grain:   one row, or none
-- params:  customer_id int; exception_id bigint
-- columns: kind, actor, to_state text; at timestamptz
-- source:  exceptions
SELECT v.kind, v.actor, v.to_state, v.at
FROM ops.exception_event v
WHERE v.customer_id = CAST(:customer_id AS int) AND v.exception_id = CAST(:exception_id AS bigint) AND v.kind NOT IN ('noted', 'logged')
ORDER BY v.event_id DESC
LIMIT 1
