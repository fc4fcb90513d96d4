-- Saves a view of the queue under a name, in place of what the person had under it.
-- grain:   one row, or none for somebody who is not of a partner
-- params:  person_id int; name text; filter jsonb; is_shared boolean; now timestamptz
-- columns: view_id bigint
-- source:  what people save
INSERT INTO ops.saved_view (partner_id, person_id, name, filter, is_shared, saved_at)
SELECT p.partner_id, p.person_id, CAST(:name AS text), CAST(:filter AS jsonb), CAST(:is_shared AS boolean), CAST(:now AS timestamptz)
FROM ops.person p
WHERE p.person_id = CAST(:person_id AS int) AND p.role LIKE 'partner%' AND p.disabled_at IS NULL
ON CONFLICT (partner_id, person_id, name) DO UPDATE
SET filter = excluded.filter, is_shared = excluded.is_shared, saved_at = excluded.saved_at
RETURNING view_id
