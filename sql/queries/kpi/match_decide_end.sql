-- Ends what was held of a pair of records, before a person's word is written; after a yes also the suggestions that say otherwise.
-- grain:   one row of biz.xref
-- params:  customer_id int; relation, left_id, right_id text; left_system_id, right_system_id int; confidence numeric (1: a yes); now timestamptz
-- columns: rows written
-- source:  [ours] links end, they are never deleted
UPDATE biz.xref x
SET valid_to = CAST(:now AS timestamptz)
WHERE x.customer_id = CAST(:customer_id AS int) AND x.relation = CAST(:relation AS text)
  AND x.left_system_id = CAST(:left_system_id AS int) AND x.right_system_id = CAST(:right_system_id AS int) AND x.valid_to = 'infinity'
  AND (x.left_id = CAST(:left_id AS text) AND x.right_id = CAST(:right_id AS text)
    OR CAST(:confidence AS numeric) = 1 AND x.confidence < 0.90 AND x.decided_by LIKE 'rule %'
      AND (x.left_id = CAST(:left_id AS text) OR x.right_id = CAST(:right_id AS text)))
