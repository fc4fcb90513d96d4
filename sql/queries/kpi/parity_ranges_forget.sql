-- Removes the checksums of the ranges that are compared again, and of pairs that are none any more.
-- grain:   one row of kpi.parity_range
-- params:  customer_id int
-- columns: none
-- source:  [ours]
DELETE FROM kpi.parity_range k
WHERE k.customer_id = CAST(:customer_id AS int)
  AND (EXISTS (SELECT FROM pg_temp.range_changed r WHERE r.flow_id = k.flow_id AND r.range_no = k.range_no)
    OR NOT EXISTS (SELECT FROM pg_temp.pair p WHERE p.flow_id = k.flow_id))
