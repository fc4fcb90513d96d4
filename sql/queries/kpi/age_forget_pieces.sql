-- Removes the pieces of the subjects that are about to be told again.
-- grain:   one row of kpi.age_piece
-- params:  customer_id int; kinds text[] (the clocks of the source)
-- columns: rows written
-- source:  pg_temp.age_subject
DELETE FROM kpi.age_piece p
USING pg_temp.age_subject s
WHERE p.customer_id = CAST(:customer_id AS int) AND p.kind = ANY (CAST(:kinds AS text[])) AND p.subject = s.subject
