-- Tells the planner how many subjects are on the list.
-- grain:   none
-- params:  none
-- columns: none; pg_temp.age_subject
-- source:  [ours]
ANALYZE age_subject
