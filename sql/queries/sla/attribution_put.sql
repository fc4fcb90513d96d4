-- Says whose doing an item is, with evidence.
-- grain:   one row
-- params:  customer_id int; metric, item_id, party, evidence, decided_by text; decided_at timestamptz
-- columns: attribution_id bigint
-- source:  a person
INSERT INTO ops.attribution (customer_id, metric, item_id, party, evidence, decided_by, decided_at)
VALUES (CAST(:customer_id AS int), CAST(:metric AS text), CAST(:item_id AS text), CAST(:party AS text), CAST(:evidence AS text),
  CAST(:decided_by AS text), CAST(:decided_at AS timestamptz))
RETURNING attribution_id
