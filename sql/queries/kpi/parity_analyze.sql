-- Tells the planner what the lists of this reconciliation hold.
-- grain:   none
-- params:  none
-- columns: none; pg_temp.pair, link, range_now, range_read, source_side, target_side
-- source:  [ours]
ANALYZE pair, link, range_now, range_read, source_side, target_side
