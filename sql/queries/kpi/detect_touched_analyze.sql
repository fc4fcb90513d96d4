-- Tells the planner how many exceptions changed.
-- grain:   none
-- params:  none
-- columns: none; pg_temp.touched
-- source:  [ours]
ANALYZE touched
