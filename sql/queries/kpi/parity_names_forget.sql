-- Removes the kept keys of the listed records, of pairs that are read as a whole and of pairs that are none any more.
-- grain:   one row of kpi.parity_name
-- params:  customer_id int
-- columns: none
-- source:  [ours]
DELETE FROM kpi.parity_name k
WHERE k.customer_id = CAST(:customer_id AS int)
  AND (EXISTS (SELECT FROM pg_temp.wanted w WHERE w.flow_id = k.flow_id AND w.is_target = k.is_target AND w.id = k.source_id)
    OR NOT EXISTS (SELECT FROM pg_temp.pair p WHERE p.flow_id = k.flow_id AND p.has_keys AND NOT p.is_whole))
