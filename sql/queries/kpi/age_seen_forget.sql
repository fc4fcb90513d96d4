-- Forgets how the listed subjects looked.
-- grain:   one row of kpi.age_seen
-- params:  customer_id int; source text
-- columns: rows written
-- source:  pg_temp.age_subject
DELETE FROM kpi.age_seen n
USING pg_temp.age_subject s
WHERE n.customer_id = CAST(:customer_id AS int) AND n.source = CAST(:source AS text) AND n.subject = s.subject
