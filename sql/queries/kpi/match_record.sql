-- Is there such a record, in a system of this customer?
-- grain:   one row, or none
-- params:  customer_id int; system_key, object_type, source_id text
-- columns: system_id int; label text
-- source:  view kpi.record
SELECT r.system_id, r.label
FROM ops.system y
JOIN kpi.record r ON r.customer_id = y.customer_id AND r.system_id = y.system_id
WHERE y.customer_id = CAST(:customer_id AS int) AND y.key = CAST(:system_key AS text) AND r.object_type = CAST(:object_type AS text)
  AND r.source_id = CAST(:source_id AS text) AND r.gone_at = 'infinity'
