-- Tells the planner how many records the targets hold, and which ranges have changed.
-- grain:   none
-- params:  none
-- columns: none; pg_temp.target_side, range_now, range_changed
-- source:  [ours]
ANALYZE target_side, range_now, range_changed
