-- Marks the days on which the clocks of the listed work began, as kpi.work has it now: before it is worked out again, and after.
-- grain:   one row of kpi.age_dirty per clock and day
-- params:  customer_id int
-- columns: none
-- source:  pg_temp.work_key, kpi.work; of work whose approval nobody knows the day on which it was there to be billed; a day's work waits to be
--          handed in from the day after. A mark that is there already is held fast, so that who takes it waits until the work is written
INSERT INTO kpi.age_dirty (customer_id, kind, began_on)
SELECT DISTINCT w.customer_id, v.kind, v.began_on
FROM pg_temp.work_key k
JOIN kpi.work w ON w.customer_id = k.customer_id AND w.system_id = k.system_id AND w.item_type = k.item_type AND w.item_id = k.item_id
JOIN ops.customer c ON c.customer_id = w.customer_id
CROSS JOIN LATERAL (VALUES
  ('time_to_bill', CAST(CASE WHEN w.is_approval_unknown THEN w.opens_at ELSE w.approved_at END AT TIME ZONE c.time_zone AS date)),
  ('timesheet_lag', CASE WHEN w.item_type = 'time_entry' THEN w.worked_on + 1 END),
  ('approval_lag', CASE WHEN w.item_type = 'time_entry' THEN CAST(w.submitted_at AT TIME ZONE c.time_zone AS date) END)
) v (kind, began_on)
WHERE w.customer_id = CAST(:customer_id AS int) AND isfinite(v.began_on)
ORDER BY v.kind, v.began_on
ON CONFLICT (customer_id, kind, began_on) DO UPDATE SET kind = excluded.kind
