-- Lists the records that were in the ranges that are read when they were read last.
-- grain:   one row of pg_temp.wanted per record of a pair that is not read as a whole
-- params:  customer_id int
-- columns: rows written
-- source:  kpi.parity
INSERT INTO pg_temp.wanted (flow_id, is_target, id)
SELECT DISTINCT r.flow_id, i.is_target, i.id
FROM pg_temp.range_read r
JOIN pg_temp.pair p ON p.flow_id = r.flow_id AND NOT p.is_whole
CROSS JOIN LATERAL (
  SELECT k.source_id, k.target_id
  FROM kpi.parity k
  WHERE k.customer_id = CAST(:customer_id AS int) AND k.flow_id = r.flow_id AND k.range_no = r.range_no
  OFFSET 0
) k
CROSS JOIN LATERAL (VALUES (false, k.source_id), (true, k.target_id)) i (is_target, id)
WHERE i.id <> ''
ON CONFLICT DO NOTHING
