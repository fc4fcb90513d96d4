-- Lists all days of one customer of which we hold ages of a clock: before all of it is added up again.
-- grain:   one row of pg_temp.age_day per day
-- params:  customer_id int; kind text
-- columns: rows written
-- source:  kpi.age_cell
INSERT INTO pg_temp.age_day (began_on)
SELECT DISTINCT a.began_on
FROM kpi.age_cell a
WHERE a.customer_id = CAST(:customer_id AS int) AND a.kind = CAST(:kind AS text)
