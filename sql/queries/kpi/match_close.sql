-- Ends the links that the rules no longer hold, or hold otherwise. What a person decided stays.
-- grain:   one row per link that ended
-- params:  customer_id int; now timestamptz
-- columns: rows written
-- source:  pg_temp.proposed
UPDATE biz.xref x
SET valid_to = CAST(:now AS timestamptz)
WHERE x.customer_id = CAST(:customer_id AS int)
  AND x.relation IN ('same_account', 'project_of_opportunity')
  AND x.valid_to = 'infinity'
  AND x.decided_by LIKE 'rule %'
  AND NOT EXISTS (
    SELECT FROM pg_temp.proposed p
    WHERE p.customer_id = x.customer_id AND p.relation = x.relation AND p.left_system_id = x.left_system_id AND p.left_id = x.left_id
      AND p.right_system_id = x.right_system_id AND p.right_id = x.right_id AND p.rule = x.rule AND p.confidence = x.confidence)
