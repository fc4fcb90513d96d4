-- Removes the lists of one pass, for the next in the same transaction.
-- grain:   none
-- params:  none
-- columns: none; pg_temp.candidate, pg_temp.cell, pg_temp.cause, pg_temp.looked, pg_temp.rule, pg_temp.touched
-- source:  [ours]
DROP TABLE pg_temp.candidate, pg_temp.cell, pg_temp.cause, pg_temp.looked, pg_temp.rule, pg_temp.touched
