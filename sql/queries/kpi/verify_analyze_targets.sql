-- Tells the planner how many records may be claimed otherwise.
-- grain:   none
-- params:  none
-- columns: none; pg_temp.target_seen
-- source:  [ours]
ANALYZE target_seen
