-- Tells the planner how much work is on the list.
-- grain:   none
-- params:  none
-- columns: none; pg_temp.work_key
-- source:  [ours]
ANALYZE work_key
