-- Marks the days on which the listed subjects began to wait, as they are told now: before they are told again, and after.
-- grain:   one row of kpi.age_dirty per clock and day
-- params:  customer_id int; kinds text[] (the clocks of the source)
-- columns: none
-- source:  pg_temp.age_subject, kpi.age_piece
INSERT INTO kpi.age_dirty (customer_id, kind, began_on)
SELECT DISTINCT p.customer_id, p.kind, p.began_on
FROM pg_temp.age_subject s
JOIN kpi.age_piece p ON p.customer_id = CAST(:customer_id AS int) AND p.kind = ANY (CAST(:kinds AS text[])) AND p.subject = s.subject
WHERE p.customer_id = CAST(:customer_id AS int)
ORDER BY p.kind, p.began_on
ON CONFLICT DO NOTHING
