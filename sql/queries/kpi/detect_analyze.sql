-- Tells the planner how many candidates there are.
-- grain:   none
-- params:  none
-- columns: none; pg_temp.candidate
-- source:  [ours]
ANALYZE candidate
