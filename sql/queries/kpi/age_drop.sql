-- Drops the lists, so that another kind or customer can follow in the same transaction.
-- grain:   none
-- params:  none
-- columns: none
-- source:  [ours]
DROP TABLE pg_temp.age_day, pg_temp.age_now
