-- Removes the list of proposed pairs, for the next customer in the same transaction.
-- grain:   none
-- params:  none
-- columns: none; pg_temp.proposed
-- source:  [ours]
DROP TABLE pg_temp.proposed
