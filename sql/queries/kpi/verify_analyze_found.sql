-- Tells the planner how many targets were found.
-- grain:   none
-- params:  none
-- columns: none; pg_temp.found
-- source:  [ours]
ANALYZE found
