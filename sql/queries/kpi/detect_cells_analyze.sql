-- Tells the planner how many cells are to be looked at.
-- grain:   none
-- params:  none
-- columns: none; pg_temp.cell
-- source:  [ours]
ANALYZE cell
