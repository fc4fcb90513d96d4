-- Which records of the two sides are the same: by the links of biz.xref (automatic, suggested, or a person's), by what the log says it wrote where
-- the record is there, and by a key that both hold.
-- grain:   one row of pg_temp.link per pair of records
-- params:  customer_id int
-- columns: rows written
-- source:  biz.xref, a fact from 0.90 on; kpi.verification; view kpi.record
WITH
known AS (
  SELECT p.flow_id, x.left_id AS source_id, x.right_id AS target_id, x.rule, x.confidence,
    CASE WHEN x.decided_by NOT LIKE 'rule %' THEN 'manual' WHEN x.confidence >= 0.90 THEN 'automatic' ELSE 'suggested' END AS match
  FROM pg_temp.pair p
  JOIN biz.xref x ON x.customer_id = CAST(:customer_id AS int) AND x.left_system_id = p.source_system_id AND x.right_system_id = p.target_system_id
    AND x.valid_to = 'infinity' AND x.confidence >= 0.50
    AND x.relation = CASE WHEN p.source_type = 'opportunity' AND p.target_type = 'project' THEN 'project_of_opportunity'
                          WHEN p.source_type = p.target_type THEN 'same_' || p.source_type END
  UNION ALL
  SELECT p.flow_id, x.right_id, x.left_id, x.rule, x.confidence,
    CASE WHEN x.decided_by NOT LIKE 'rule %' THEN 'manual' WHEN x.confidence >= 0.90 THEN 'automatic' ELSE 'suggested' END
  FROM pg_temp.pair p
  JOIN biz.xref x ON x.customer_id = CAST(:customer_id AS int) AND x.right_system_id = p.source_system_id AND x.left_system_id = p.target_system_id
    AND x.valid_to = 'infinity' AND x.confidence >= 0.50 AND p.source_type = p.target_type AND x.relation = 'same_' || p.source_type
  UNION ALL
  SELECT p.flow_id, v.source_id, v.target_id, 'log', 1.00, 'automatic'
  FROM pg_temp.pair p
  JOIN kpi.verification v ON v.customer_id = CAST(:customer_id AS int) AND v.source_system_id = p.source_system_id AND v.source_type = p.source_type
    AND v.target_system_id = p.target_system_id AND v.target_type = p.target_type AND v.source_id IS NOT NULL AND v.target_id IS NOT NULL
    AND v.verdict <> 'refused'
  UNION ALL
  SELECT p.flow_id, s.source_id, t.source_id, 'key', 1.00, 'automatic'
  FROM pg_temp.pair p
  CROSS JOIN LATERAL (
    SELECT r.source_id, u.name
    FROM kpi.record r
    CROSS JOIN LATERAL unnest(r.names) u (name)
    WHERE r.customer_id = CAST(:customer_id AS int) AND r.system_id = p.source_system_id AND r.object_type = p.source_type
      AND u.name <> kpi.plain_key(r.source_id)
    OFFSET 0
  ) s
  JOIN LATERAL (
    SELECT r.source_id, u.name
    FROM kpi.record r
    CROSS JOIN LATERAL unnest(r.names) u (name)
    WHERE r.customer_id = CAST(:customer_id AS int) AND r.system_id = p.target_system_id AND r.object_type = p.target_type
      AND u.name <> kpi.plain_key(r.source_id)
    OFFSET 0
  ) t ON t.name = s.name
  -- accounts are matched by rules of their own
  WHERE p.source_type = p.target_type AND p.source_type <> 'account'
)
INSERT INTO pg_temp.link (flow_id, source_id, target_id, match, rule, confidence, range_no)
SELECT DISTINCT ON (k.flow_id, k.source_id, k.target_id)
  k.flow_id, k.source_id, k.target_id, k.match, k.rule, k.confidence, kpi.key_range(k.source_id)
FROM known k
ORDER BY k.flow_id, k.source_id, k.target_id, k.match = 'manual' DESC, k.confidence DESC, k.rule
