-- Lists the ranges to compare again: those with another checksum, and those in which time has decided something.
-- grain:   one row of pg_temp.range_changed per pair and range
-- params:  customer_id int
-- columns: rows written
-- source:  kpi.parity_range
INSERT INTO pg_temp.range_changed (flow_id, range_no)
SELECT n.flow_id, n.range_no
FROM pg_temp.range_now n
JOIN pg_temp.pair p ON p.flow_id = n.flow_id
LEFT JOIN kpi.parity_range k ON k.customer_id = CAST(:customer_id AS int) AND k.flow_id = n.flow_id AND k.range_no = n.range_no
WHERE k.range_no IS NULL OR k.config <> p.config OR k.next_at <= p.read_until
  OR (k.source_rows, k.source_sum, k.target_rows, k.target_sum, k.link_sum)
    <> (n.source_rows, n.source_sum, n.target_rows, n.target_sum, n.link_sum)
