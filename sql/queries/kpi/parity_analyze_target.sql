-- Tells the planner how many records the targets hold, and which ranges have changed.
-- grain:   none
-- params:  none
-- columns: none; pg_temp.target_side, range_now, range_changed
-- source:  [ours]
ANALYZE target_side (flow_id, range_no, source_id, gone_at, of_id), range_now, range_changed
