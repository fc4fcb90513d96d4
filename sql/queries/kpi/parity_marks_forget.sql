-- Removes the marks that were taken; those made meanwhile stay.
-- grain:   one row of kpi.parity_mark
-- params:  customer_id int
-- columns: none
-- source:  [ours]
DELETE FROM kpi.parity_mark k
USING pg_temp.mark m
WHERE k.customer_id = CAST(:customer_id AS int)
  AND m.system_id = k.system_id AND m.object_type = k.object_type AND m.source_id = k.source_id AND m.written_by = k.written_by
