-- Takes the marks of the balances that are about to be drawn; a mark made from now on is for the next time.
-- grain:   one row of kpi.touched
-- params:  customer_id int; claimed text[] (the metrics; not those whose marks name what is to be told again)
-- columns: rows written
-- source:  kpi.touched
DELETE FROM kpi.touched t
WHERE t.customer_id = CAST(:customer_id AS int) AND t.source = ANY (CAST(:claimed AS text[]))
