-- Lists all days of one customer on which something was in trouble, and those of which we hold ages.
-- grain:   one row of pg_temp.age_day per day
-- params:  customer_id int; kind text
-- columns: rows written
-- source:  ops.exception_occurrence
INSERT INTO pg_temp.age_day (began_on)
SELECT a.began_on
FROM kpi.age_cell a
WHERE a.customer_id = CAST(:customer_id AS int) AND a.kind = CAST(:kind AS text)
UNION
SELECT CAST(o.occurred_at AT TIME ZONE c.time_zone AS date)
FROM ops.exception_occurrence o
JOIN ops.customer c ON c.customer_id = o.customer_id
WHERE o.customer_id = CAST(:customer_id AS int)
