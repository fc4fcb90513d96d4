-- Tells the planner how many pairs are proposed.
-- grain:   none
-- params:  none
-- columns: none; pg_temp.proposed
-- source:  [ours]
ANALYZE proposed
