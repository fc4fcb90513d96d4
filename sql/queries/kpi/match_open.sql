-- Writes the links that the rules hold and nobody has yet; a pair that a person judged is left alone.
-- grain:   one row per new link
-- params:  customer_id int; now timestamptz
-- columns: rows written
-- source:  pg_temp.proposed
INSERT INTO biz.xref (
  customer_id, relation, left_system_id, left_id, right_system_id, right_id, rule, confidence, valid_from, decided_by)
SELECT
  p.customer_id, p.relation, p.left_system_id, p.left_id, p.right_system_id, p.right_id, p.rule, p.confidence,
  CAST(:now AS timestamptz), 'rule ' || p.rule
FROM pg_temp.proposed p
WHERE p.customer_id = CAST(:customer_id AS int)
  AND p.confidence >= 0.50
  AND NOT EXISTS (
    SELECT FROM biz.xref x
    WHERE x.customer_id = p.customer_id AND x.relation = p.relation AND x.left_system_id = p.left_system_id AND x.left_id = p.left_id
      AND x.right_system_id = p.right_system_id AND x.right_id = p.right_id AND x.valid_to = 'infinity')
-- looked at twice in one instant: the later look counts
ON CONFLICT (customer_id, relation, left_system_id, left_id, right_system_id, right_id, valid_from) DO UPDATE SET
  rule = excluded.rule, confidence = excluded.confidence, decided_by = excluded.decided_by, valid_to = excluded.valid_to
