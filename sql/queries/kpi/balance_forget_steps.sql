-- Removes the steps of the subjects that are about to be told again.
-- grain:   one row of kpi.balance_step
-- params:  customer_id int; source text (the metric)
-- columns: rows written
-- source:  pg_temp.age_subject
DELETE FROM kpi.balance_step s
USING pg_temp.age_subject l
WHERE s.customer_id = CAST(:customer_id AS int) AND s.metric = CAST(:source AS text) AND s.subject = l.subject
