-- Tells the planner how many days and cells were listed.
-- grain:   none
-- params:  none
-- columns: none; pg_temp.age_day, pg_temp.age_now
-- source:  [ours]
ANALYZE age_day, age_now
