-- Removes the list of work, for the next customer in the same transaction.
-- grain:   none
-- params:  none
-- columns: none; pg_temp.work_key
-- source:  [ours]
DROP TABLE pg_temp.work_key
