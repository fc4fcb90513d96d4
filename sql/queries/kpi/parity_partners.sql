-- Lists the records that share a key with a listed record of the other side: when the key goes, or comes, they have changed too.
-- grain:   one row of pg_temp.wanted per record
-- params:  customer_id int
-- columns: rows written
-- source:  kpi.parity_name
INSERT INTO pg_temp.wanted (flow_id, is_target, id)
SELECT DISTINCT o.flow_id, o.is_target, o.source_id
FROM pg_temp.wanted w
JOIN kpi.parity_name k ON k.customer_id = CAST(:customer_id AS int) AND k.flow_id = w.flow_id AND k.is_target = w.is_target AND k.source_id = w.id
JOIN kpi.parity_name o ON o.customer_id = CAST(:customer_id AS int) AND o.flow_id = k.flow_id AND o.is_target = (NOT k.is_target) AND o.name = k.name
ON CONFLICT DO NOTHING
