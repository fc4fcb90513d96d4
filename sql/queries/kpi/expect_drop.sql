-- Removes the list of records, for the next customer in the same transaction.
-- grain:   none
-- params:  none
-- columns: none; pg_temp.expect_key
-- source:  [ours]
DROP TABLE pg_temp.expect_key
