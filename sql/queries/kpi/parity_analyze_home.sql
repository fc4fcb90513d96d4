-- Tells the planner how many targets are linked.
-- grain:   none
-- params:  none
-- columns: none; pg_temp.home
-- source:  [ours]
ANALYZE home
