-- Empties the list of days, before all of them are listed.
-- grain:   none
-- params:  none
-- columns: none
-- source:  [ours]
DELETE FROM pg_temp.age_day
