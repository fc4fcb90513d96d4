-- Lists all days of one customer on which time began to wait to be handed in, or for its approval, and those of which we hold ages.
-- grain:   one row of pg_temp.age_day per clock and day
-- params:  customer_id int; kinds text[] (of which only timesheet_lag and approval_lag matter)
-- columns: rows written
-- source:  kpi.work
INSERT INTO pg_temp.age_day (kind, began_on)
SELECT a.kind, a.began_on
FROM kpi.age_cell a
WHERE a.customer_id = CAST(:customer_id AS int) AND a.kind IN ('timesheet_lag', 'approval_lag') AND a.kind = ANY (CAST(:kinds AS text[]))
UNION
SELECT v.kind, v.began_on
FROM kpi.work w
JOIN ops.customer c ON c.customer_id = w.customer_id
CROSS JOIN LATERAL (
  VALUES ('timesheet_lag', w.worked_on + 1), ('approval_lag', CAST(w.submitted_at AT TIME ZONE c.time_zone AS date))
) v (kind, began_on)
WHERE w.customer_id = CAST(:customer_id AS int) AND w.item_type = 'time_entry' AND v.kind = ANY (CAST(:kinds AS text[])) AND isfinite(v.began_on)
