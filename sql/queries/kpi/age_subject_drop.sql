-- Drops the list of subjects, so that another source or customer can follow in the same transaction.
-- grain:   none
-- params:  none
-- columns: none
-- source:  [ours]
DROP TABLE pg_temp.age_subject
