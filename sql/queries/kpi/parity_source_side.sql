-- The records of the sources in the ranges that are read.
-- grain:   one row of pg_temp.source_side per record
-- params:  customer_id int
-- columns: rows written
-- source:  view kpi.record
INSERT INTO pg_temp.source_side (flow_id, range_no, source_id, fields, amount, currency, at, version_at, label)
SELECT p.flow_id, kpi.key_range(r.source_id), r.source_id, r.fields, r.amount, r.currency, r.at, r.version_at, r.label
FROM pg_temp.pair p
CROSS JOIN LATERAL (
  SELECT r.source_id, r.fields, r.amount, r.currency, r.at, r.version_at, r.label
  FROM kpi.record r
  WHERE r.customer_id = CAST(:customer_id AS int) AND r.system_id = p.source_system_id AND r.object_type = p.source_type
    AND r.gone_at = 'infinity' AND r.is_owed AND NOT r.is_part
  OFFSET 0
) r
WHERE p.is_whole
UNION ALL
SELECT p.flow_id, g.range_no, r.source_id, r.fields, r.amount, r.currency, r.at, r.version_at, r.label
FROM pg_temp.wanted w
JOIN pg_temp.pair p ON p.flow_id = w.flow_id
JOIN pg_temp.range_read g ON g.flow_id = w.flow_id AND g.range_no = kpi.key_range(w.id)
CROSS JOIN LATERAL (
  SELECT r.source_id, r.fields, r.amount, r.currency, r.at, r.version_at, r.label
  FROM kpi.record r
  WHERE r.customer_id = CAST(:customer_id AS int) AND r.system_id = p.source_system_id AND r.object_type = p.source_type AND r.source_id = w.id
    AND r.gone_at = 'infinity' AND r.is_owed AND NOT r.is_part
  OFFSET 0
) r
WHERE NOT w.is_target
