-- Writes a person's word on a pair of records: they belong together (1), or they do not (0). The rules leave such a pair alone.
-- grain:   one row of biz.xref
-- params:  customer_id int; relation, left_id, right_id text; left_system_id, right_system_id int; confidence numeric; now timestamptz;
--          decided_by text
-- columns: rows written
-- source:  [ours]
INSERT INTO biz.xref (
  customer_id, relation, left_system_id, left_id, right_system_id, right_id, rule, confidence, valid_from, decided_by)
VALUES (
  CAST(:customer_id AS int), CAST(:relation AS text), CAST(:left_system_id AS int), CAST(:left_id AS text), CAST(:right_system_id AS int),
  CAST(:right_id AS text), 'person', CAST(:confidence AS numeric), CAST(:now AS timestamptz), CAST(:decided_by AS text))
-- a rule's link that began at the same instant gives way
ON CONFLICT (customer_id, relation, left_system_id, left_id, right_system_id, right_id, valid_from) DO UPDATE SET
  rule = excluded.rule, confidence = excluded.confidence, decided_by = excluded.decided_by, valid_to = excluded.valid_to
