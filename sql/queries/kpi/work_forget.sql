-- Removes the work that is about to be worked out again.
-- grain:   one row per piece of work of pg_temp.work_key
-- params:  customer_id int
-- columns: none
-- source:  [ours]
DELETE FROM kpi.work w
USING pg_temp.work_key k
WHERE w.customer_id = CAST(:customer_id AS int)
  AND k.customer_id = w.customer_id AND k.system_id = w.system_id AND k.item_type = w.item_type AND k.item_id = w.item_id
