-- Lists all days of one customer on which work was approved, and those of which we hold ages.
-- grain:   one row of pg_temp.age_day per day
-- params:  customer_id int; kinds text[] (none, when the clock of the work is not among them)
-- columns: rows written
-- source:  kpi.work
INSERT INTO pg_temp.age_day (kind, began_on)
SELECT a.kind, a.began_on
FROM kpi.age_cell a
WHERE a.customer_id = CAST(:customer_id AS int) AND a.kind = 'time_to_bill' AND a.kind = ANY (CAST(:kinds AS text[]))
UNION
SELECT 'time_to_bill', CAST(CASE WHEN w.is_approval_unknown THEN w.opens_at ELSE w.approved_at END AT TIME ZONE c.time_zone AS date)
FROM kpi.work w
JOIN ops.customer c ON c.customer_id = w.customer_id
WHERE w.customer_id = CAST(:customer_id AS int) AND (w.is_approval_unknown OR w.approved_at < 'infinity')
  AND 'time_to_bill' = ANY (CAST(:kinds AS text[]))
