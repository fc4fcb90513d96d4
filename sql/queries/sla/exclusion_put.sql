-- Writes down what one side wants left out; its first event follows.
-- grain:   one row
-- params:  customer_id int; reason, metric text; flow_ids int[]; from_at, to_at timestamptz; evidence text
-- columns: exclusion_id bigint
-- source:  a person
INSERT INTO ops.exclusion (customer_id, reason, metric, flow_ids, from_at, to_at, evidence)
VALUES (CAST(:customer_id AS int), CAST(:reason AS text), CAST(:metric AS text), CAST(:flow_ids AS int[]), CAST(:from_at AS timestamptz),
  CAST(:to_at AS timestamptz), CAST(:evidence AS text))
RETURNING exclusion_id
