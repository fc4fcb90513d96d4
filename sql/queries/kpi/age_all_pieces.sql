-- Lists all days of one customer on which a piece of a clock began, and those of which we hold ages.
-- grain:   one row of pg_temp.age_day per day
-- params:  customer_id int; kind text
-- columns: rows written
-- source:  kpi.age_piece, kpi.age_cell
INSERT INTO pg_temp.age_day (began_on)
SELECT a.began_on
FROM kpi.age_cell a
WHERE a.customer_id = CAST(:customer_id AS int) AND a.kind = CAST(:kind AS text)
UNION
SELECT p.began_on
FROM kpi.age_piece p
WHERE p.customer_id = CAST(:customer_id AS int) AND p.kind = CAST(:kind AS text)
