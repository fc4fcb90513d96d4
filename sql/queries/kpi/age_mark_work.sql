-- Marks the days on which the listed work was approved, as kpi.work has it now: before it is worked out again, and after.
-- grain:   one row of kpi.age_dirty per day
-- params:  customer_id int
-- columns: none
-- source:  pg_temp.work_key, kpi.work; of work whose approval nobody knows the day on which it was there to be billed. A mark that is there
--          already is held fast, so that who takes it waits until the work is written
INSERT INTO kpi.age_dirty (customer_id, kind, began_on)
SELECT DISTINCT
  w.customer_id, 'time_to_bill',
  CAST(CASE WHEN w.is_approval_unknown THEN w.opens_at ELSE w.approved_at END AT TIME ZONE c.time_zone AS date) AS began_on
FROM pg_temp.work_key k
JOIN kpi.work w ON w.customer_id = k.customer_id AND w.system_id = k.system_id AND w.item_type = k.item_type AND w.item_id = k.item_id
JOIN ops.customer c ON c.customer_id = w.customer_id
WHERE w.customer_id = CAST(:customer_id AS int) AND (w.is_approval_unknown OR w.approved_at < 'infinity')
ORDER BY began_on
ON CONFLICT (customer_id, kind, began_on) DO UPDATE SET kind = excluded.kind
