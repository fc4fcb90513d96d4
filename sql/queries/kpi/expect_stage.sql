-- Makes the empty list of records whose expectations are to be looked at again; it goes with the transaction.
-- grain:   one row per record, filled by expect_changed
-- params:  none
-- columns: none; makes pg_temp.expect_key
-- source:  [ours]
CREATE TEMPORARY TABLE expect_key (
  subject_type text NOT NULL, system_id int NOT NULL, subject_id text NOT NULL,
  PRIMARY KEY (subject_type, system_id, subject_id)
) ON COMMIT DROP
