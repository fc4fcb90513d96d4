-- The saved views of the queue that a person may use: their own first, then those that the partner's other people share.
-- grain:   one row per view
-- params:  person_id int
-- columns: view_id bigint; name text; filter jsonb; is_shared, is_mine boolean; by text (who saved it)
-- source:  what people saved
SELECT v.view_id, v.name, v.filter, v.is_shared, v.person_id = p.person_id AS is_mine, o.name AS by
FROM ops.person p
JOIN ops.saved_view v ON v.partner_id = p.partner_id AND (v.person_id = p.person_id OR v.is_shared)
JOIN ops.person o ON o.person_id = v.person_id
WHERE p.person_id = CAST(:person_id AS int) AND p.role LIKE 'partner%' AND p.disabled_at IS NULL
ORDER BY is_mine DESC, v.view_id
