-- Takes away all that is counted in kpi.flow_hour for some customers, before their whole history is counted again.
-- grain:   one row per cell
-- params:  customer_ids int[]
-- columns: none
-- source:  kpi can be dropped and counted again
DELETE FROM kpi.flow_hour k WHERE k.customer_id = ANY (CAST(:customer_ids AS int[]))
