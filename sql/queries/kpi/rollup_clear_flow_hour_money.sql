-- Takes the claimed cells out of kpi.flow_hour_money: what has vanished from the source leaves nothing behind.
-- grain:   one row per cell
-- params:  customer_ids int[]; batch bigint
-- columns: none
-- source:  delete before insert
DELETE FROM kpi.flow_hour_money k
USING ops.dirty_cell d
WHERE d.batch = CAST(:batch AS bigint) AND d.customer_id = ANY (CAST(:customer_ids AS int[]))
  AND k.customer_id = d.customer_id AND k.flow_id = d.flow_id AND k.hour = d.hour
