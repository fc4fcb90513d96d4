-- Makes the empty list of work to look at again; it goes with the transaction.
-- grain:   one row per piece of work, filled by work_changed
-- params:  none
-- columns: none; makes pg_temp.work_key
-- source:  [ours]
CREATE TEMPORARY TABLE work_key (
  customer_id int NOT NULL, system_id int NOT NULL, item_type text NOT NULL, item_id text NOT NULL,
  PRIMARY KEY (customer_id, system_id, item_type, item_id)
) ON COMMIT DROP
