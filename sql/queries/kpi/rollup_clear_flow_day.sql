-- Takes the local days of the claimed cells out of kpi.flow_day, and with them the days of all flows together.
-- grain:   one row per customer, flow and local day
-- params:  customer_ids int[]; batch bigint
-- columns: none
-- source:  delete before insert
DELETE FROM kpi.flow_day k
USING (
  SELECT DISTINCT d.customer_id, d.flow_id, c.time_zone, CAST(d.hour AT TIME ZONE c.time_zone AS date) AS day
  FROM ops.dirty_cell d
  JOIN ops.customer c ON c.customer_id = d.customer_id
  WHERE d.batch = CAST(:batch AS bigint) AND d.customer_id = ANY (CAST(:customer_ids AS int[]))
) d
WHERE k.customer_id = d.customer_id AND k.flow_id IN (d.flow_id, 0) AND k.starts_at = kpi.instant(CAST(d.day AS timestamp), d.time_zone)
