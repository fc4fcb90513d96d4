-- Tells the planner how many records are on the list.
-- grain:   none
-- params:  none
-- columns: none; pg_temp.expect_key
-- source:  [ours]
ANALYZE expect_key
