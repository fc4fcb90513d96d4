-- Forgets a saved view; only who saved it can.
-- grain:   one row, or none when the person has no such view
-- params:  person_id int; view_id bigint
-- columns: view_id bigint
-- source:  what people saved
DELETE FROM ops.saved_view
WHERE person_id = CAST(:person_id AS int) AND view_id = CAST(:view_id AS bigint)
RETURNING view_id
