-- Which records of the two sides are the same: by the links of biz.xref (automatic, suggested, or a person's), by what the log says it wrote where
-- the record is there, and by a key that both hold. Those of the listed
-- records only.
-- grain:   one row of pg_temp.link per pair of records
-- params:  customer_id int
-- columns: rows written
-- source:  biz.xref, a fact from 0.90 on; kpi.verification; kpi.parity_name
WITH
asked AS (
  SELECT p.*, w.is_target, w.id FROM pg_temp.wanted w JOIN pg_temp.pair p ON p.flow_id = w.flow_id
),
known AS (
  SELECT p.flow_id, x.left_id AS source_id, x.right_id AS target_id, x.rule, x.confidence,
    CASE WHEN x.decided_by NOT LIKE 'rule %' THEN 'manual' WHEN x.confidence >= 0.90 THEN 'automatic' ELSE 'suggested' END AS match
  FROM asked p
  JOIN biz.xref x ON x.customer_id = CAST(:customer_id AS int) AND x.relation = p.relation AND x.left_system_id = p.source_system_id
    AND x.right_system_id = p.target_system_id AND x.valid_to = 'infinity' AND x.confidence >= 0.50
  WHERE NOT p.is_target AND x.left_id = p.id
  UNION ALL
  SELECT p.flow_id, x.left_id, x.right_id, x.rule, x.confidence,
    CASE WHEN x.decided_by NOT LIKE 'rule %' THEN 'manual' WHEN x.confidence >= 0.90 THEN 'automatic' ELSE 'suggested' END
  FROM asked p
  JOIN biz.xref x ON x.customer_id = CAST(:customer_id AS int) AND x.relation = p.relation AND x.left_system_id = p.source_system_id
    AND x.right_system_id = p.target_system_id AND x.valid_to = 'infinity' AND x.confidence >= 0.50
  WHERE p.is_target AND x.right_id = p.id
  UNION ALL
  SELECT p.flow_id, x.right_id, x.left_id, x.rule, x.confidence,
    CASE WHEN x.decided_by NOT LIKE 'rule %' THEN 'manual' WHEN x.confidence >= 0.90 THEN 'automatic' ELSE 'suggested' END
  FROM asked p
  JOIN biz.xref x ON x.customer_id = CAST(:customer_id AS int) AND x.relation = p.relation AND x.right_system_id = p.source_system_id
    AND x.left_system_id = p.target_system_id AND x.valid_to = 'infinity' AND x.confidence >= 0.50
  WHERE NOT p.is_target AND x.right_id = p.id AND p.source_type = p.target_type
  UNION ALL
  SELECT p.flow_id, x.right_id, x.left_id, x.rule, x.confidence,
    CASE WHEN x.decided_by NOT LIKE 'rule %' THEN 'manual' WHEN x.confidence >= 0.90 THEN 'automatic' ELSE 'suggested' END
  FROM asked p
  JOIN biz.xref x ON x.customer_id = CAST(:customer_id AS int) AND x.relation = p.relation AND x.right_system_id = p.source_system_id
    AND x.left_system_id = p.target_system_id AND x.valid_to = 'infinity' AND x.confidence >= 0.50
  WHERE p.is_target AND x.left_id = p.id AND p.source_type = p.target_type
  UNION ALL
  SELECT p.flow_id, v.source_id, v.target_id, 'log', 1.00, 'automatic'
  FROM asked p
  JOIN kpi.verification v ON v.customer_id = CAST(:customer_id AS int) AND v.source_system_id = p.source_system_id AND v.source_type = p.source_type
    AND v.target_system_id = p.target_system_id AND v.target_type = p.target_type AND v.source_id IS NOT NULL AND v.target_id IS NOT NULL
    AND v.verdict <> 'refused'
  WHERE NOT p.is_target AND v.source_id = p.id
  UNION ALL
  SELECT p.flow_id, v.source_id, v.target_id, 'log', 1.00, 'automatic'
  FROM asked p
  JOIN kpi.verification v ON v.customer_id = CAST(:customer_id AS int) AND v.source_system_id = p.source_system_id AND v.source_type = p.source_type
    AND v.target_system_id = p.target_system_id AND v.target_type = p.target_type AND v.source_id IS NOT NULL AND v.target_id IS NOT NULL
    AND v.verdict <> 'refused'
  WHERE p.is_target AND v.target_id = p.id
  UNION ALL
  SELECT p.flow_id, k.source_id, o.source_id, 'key', 1.00, 'automatic'
  FROM asked p
  JOIN kpi.parity_name k ON k.customer_id = CAST(:customer_id AS int) AND k.flow_id = p.flow_id AND NOT k.is_target AND k.source_id = p.id
  JOIN kpi.parity_name o ON o.customer_id = CAST(:customer_id AS int) AND o.flow_id = p.flow_id AND o.is_target AND o.name = k.name
  WHERE NOT p.is_target
  UNION ALL
  SELECT p.flow_id, o.source_id, k.source_id, 'key', 1.00, 'automatic'
  FROM asked p
  JOIN kpi.parity_name k ON k.customer_id = CAST(:customer_id AS int) AND k.flow_id = p.flow_id AND k.is_target AND k.source_id = p.id
  JOIN kpi.parity_name o ON o.customer_id = CAST(:customer_id AS int) AND o.flow_id = p.flow_id AND NOT o.is_target AND o.name = k.name
  WHERE p.is_target
)
INSERT INTO pg_temp.link (flow_id, source_id, target_id, match, rule, confidence, range_no)
SELECT DISTINCT ON (k.flow_id, k.source_id, k.target_id)
  k.flow_id, k.source_id, k.target_id, k.match, k.rule, k.confidence, kpi.key_range(k.source_id)
FROM known k
WHERE NOT EXISTS (
  SELECT FROM pg_temp.link l WHERE l.flow_id = k.flow_id AND l.source_id = k.source_id AND l.target_id = k.target_id)
ORDER BY k.flow_id, k.source_id, k.target_id, k.match = 'manual' DESC, k.confidence DESC, k.rule
