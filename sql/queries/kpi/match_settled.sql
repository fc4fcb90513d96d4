-- Drops suggestions for records of which a person has said what they belong to.
-- grain:   one row of pg_temp.proposed
-- params:  customer_id int
-- columns: rows written
-- source:  biz.xref
DELETE FROM pg_temp.proposed p
USING biz.xref x
WHERE x.customer_id = CAST(:customer_id AS int) AND p.customer_id = x.customer_id AND p.relation = x.relation AND x.valid_to = 'infinity'
  AND x.decided_by NOT LIKE 'rule %' AND x.confidence >= 0.90 AND p.confidence < 0.90
  AND x.left_system_id = p.left_system_id AND x.right_system_id = p.right_system_id AND (x.left_id = p.left_id OR x.right_id = p.right_id)
