-- Which records of the two sides are the same: by the links of biz.xref (automatic, suggested, or a person's), by what the log says it wrote where
-- the record is there, and by a key that both hold. All of them, of the
-- pairs that are read as a whole.
-- grain:   one row of pg_temp.link per pair of records
-- params:  customer_id int
-- columns: rows written
-- source:  biz.xref, a fact from 0.90 on; kpi.verification; kpi.parity_name
WITH
known AS (
  SELECT p.flow_id, x.left_id AS source_id, x.right_id AS target_id, x.rule, x.confidence,
    CASE WHEN x.decided_by NOT LIKE 'rule %' THEN 'manual' WHEN x.confidence >= 0.90 THEN 'automatic' ELSE 'suggested' END AS match
  FROM pg_temp.pair p
  JOIN biz.xref x ON x.customer_id = CAST(:customer_id AS int) AND x.relation = p.relation AND x.left_system_id = p.source_system_id
    AND x.right_system_id = p.target_system_id AND x.valid_to = 'infinity' AND x.confidence >= 0.50
  WHERE p.is_whole
  UNION ALL
  SELECT p.flow_id, x.right_id, x.left_id, x.rule, x.confidence,
    CASE WHEN x.decided_by NOT LIKE 'rule %' THEN 'manual' WHEN x.confidence >= 0.90 THEN 'automatic' ELSE 'suggested' END
  FROM pg_temp.pair p
  JOIN biz.xref x ON x.customer_id = CAST(:customer_id AS int) AND x.relation = p.relation AND x.right_system_id = p.source_system_id
    AND x.left_system_id = p.target_system_id AND x.valid_to = 'infinity' AND x.confidence >= 0.50
  WHERE p.is_whole AND p.source_type = p.target_type
  UNION ALL
  SELECT p.flow_id, v.source_id, v.target_id, 'log', 1.00, 'automatic'
  FROM pg_temp.pair p
  JOIN kpi.verification v ON v.customer_id = CAST(:customer_id AS int) AND v.source_system_id = p.source_system_id AND v.source_type = p.source_type
    AND v.target_system_id = p.target_system_id AND v.target_type = p.target_type AND v.source_id IS NOT NULL AND v.target_id IS NOT NULL
    AND v.verdict <> 'refused'
  WHERE p.is_whole
  UNION ALL
  SELECT p.flow_id, s.source_id, t.source_id, 'key', 1.00, 'automatic'
  FROM pg_temp.pair p
  JOIN kpi.parity_name s ON s.customer_id = CAST(:customer_id AS int) AND s.flow_id = p.flow_id AND NOT s.is_target
  JOIN kpi.parity_name t ON t.customer_id = CAST(:customer_id AS int) AND t.flow_id = p.flow_id AND t.is_target AND t.name = s.name
  WHERE p.is_whole
)
INSERT INTO pg_temp.link (flow_id, source_id, target_id, match, rule, confidence, range_no)
SELECT DISTINCT ON (k.flow_id, k.source_id, k.target_id)
  k.flow_id, k.source_id, k.target_id, k.match, k.rule, k.confidence, kpi.key_range(k.source_id)
FROM known k
ORDER BY k.flow_id, k.source_id, k.target_id, k.match = 'manual' DESC, k.confidence DESC, k.rule
