-- Drops the list, so that another customer can follow in the same transaction.
-- grain:   none
-- params:  none
-- columns: none
-- source:  [ours]
DROP TABLE pg_temp.balance_now
