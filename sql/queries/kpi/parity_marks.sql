-- Takes the ends of links that began or ended since the last reconciliation.
-- grain:   one row of pg_temp.mark per mark
-- params:  customer_id int
-- columns: rows written
-- source:  [ours]
INSERT INTO pg_temp.mark (system_id, object_type, source_id, written_by)
SELECT m.system_id, m.object_type, m.source_id, m.written_by
FROM kpi.parity_mark m
WHERE m.customer_id = CAST(:customer_id AS int)
