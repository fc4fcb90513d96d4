-- Makes the empty list of pairs that the rules propose; it goes with the transaction.
-- grain:   one row per relation and pair
-- params:  none
-- columns: none; makes pg_temp.proposed
-- source:  [ours]
CREATE TEMPORARY TABLE proposed (
  customer_id int NOT NULL, relation text NOT NULL, left_system_id int NOT NULL, left_id text NOT NULL,
  right_system_id int NOT NULL, right_id text NOT NULL, rule text NOT NULL, confidence numeric(3,2) NOT NULL,
  PRIMARY KEY (customer_id, relation, left_system_id, left_id, right_system_id, right_id)
) ON COMMIT DROP
