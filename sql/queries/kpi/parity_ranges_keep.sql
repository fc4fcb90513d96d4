-- Notes the checksums of the ranges that were compared.
-- grain:   one row of kpi.parity_range
-- params:  customer_id int
-- columns: none
-- source:  pg_temp.range_now, kpi.parity
INSERT INTO kpi.parity_range (
  customer_id, flow_id, range_no, source_rows, source_sum, target_rows, target_sum, link_sum, next_at, config)
SELECT
  CAST(:customer_id AS int), n.flow_id, n.range_no, n.source_rows, n.source_sum, n.target_rows, n.target_sum, n.link_sum, w.next_at, p.config
FROM pg_temp.range_changed r
JOIN pg_temp.range_now n ON n.flow_id = r.flow_id AND n.range_no = r.range_no
JOIN pg_temp.pair p ON p.flow_id = r.flow_id
LEFT JOIN LATERAL (
  SELECT min(k.decide_at) AS next_at FROM kpi.parity k
  WHERE k.customer_id = CAST(:customer_id AS int) AND k.flow_id = r.flow_id AND k.range_no = r.range_no AND k.cell = 'waiting'
) w ON true
