-- Lists the fields that the two records of a pair have to agree in.
-- grain:   one row of pg_temp.agreed per pair and field
-- params:  none
-- columns: rows written
-- source:  pg_temp.pair
INSERT INTO pg_temp.agreed (flow_id, name)
SELECT p.flow_id, f.field ->> 'name'
FROM pg_temp.pair p
CROSS JOIN LATERAL jsonb_array_elements(p.fields) f (field)
