-- Remembers how the listed subjects look now; run after kpi/age_seen_forget: those that are gone stay forgotten.
-- grain:   one row of kpi.age_seen
-- params:  customer_id int; source text
-- columns: rows written
-- source:  pg_temp.age_subject
INSERT INTO kpi.age_seen (customer_id, source, subject, state)
SELECT CAST(:customer_id AS int), CAST(:source AS text), s.subject, s.state
FROM pg_temp.age_subject s
WHERE s.state IS NOT NULL
