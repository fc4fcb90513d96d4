-- Lists all days of one customer on which time began to wait to be handed in, or for its approval, and those of which we hold ages.
-- grain:   one row of pg_temp.age_day per day
-- params:  customer_id int; kind text (timesheet_lag or approval_lag)
-- columns: rows written
-- source:  kpi.work
INSERT INTO pg_temp.age_day (began_on)
SELECT a.began_on
FROM kpi.age_cell a
WHERE a.customer_id = CAST(:customer_id AS int) AND a.kind = CAST(:kind AS text)
UNION
SELECT CASE CAST(:kind AS text) WHEN 'approval_lag' THEN CAST(w.submitted_at AT TIME ZONE c.time_zone AS date) ELSE w.worked_on + 1 END
FROM kpi.work w
JOIN ops.customer c ON c.customer_id = w.customer_id
WHERE w.customer_id = CAST(:customer_id AS int) AND w.item_type = 'time_entry'
  AND (CAST(:kind AS text) <> 'approval_lag' OR w.submitted_at < 'infinity')
