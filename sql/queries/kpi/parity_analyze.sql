-- Tells the planner what the lists of this reconciliation hold.
-- grain:   none
-- params:  none
-- columns: none; pg_temp.pair, wanted, link, range_read, range_now, range_changed, source_side, target_side
-- source:  [ours]
ANALYZE pair, wanted, link, range_read, range_now, range_changed, source_side, target_side
