-- Lists all days of one customer on which a piece of some clocks began, and those of which we hold ages.
-- grain:   one row of pg_temp.age_day per clock and day
-- params:  customer_id int; kinds text[] (of which only those matter that are told of pieces)
-- columns: rows written
-- source:  kpi.age_piece, kpi.age_cell
INSERT INTO pg_temp.age_day (kind, began_on)
SELECT a.kind, a.began_on
FROM kpi.age_cell a
WHERE a.customer_id = CAST(:customer_id AS int) AND a.kind = ANY (CAST(:kinds AS text[])) AND a.kind NOT IN ('time_to_bill', 'timesheet_lag', 'approval_lag')
UNION
SELECT p.kind, p.began_on
FROM kpi.age_piece p
WHERE p.customer_id = CAST(:customer_id AS int) AND p.kind = ANY (CAST(:kinds AS text[]))
