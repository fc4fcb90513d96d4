-- Tells the planner how many records the sources hold.
-- grain:   none
-- params:  none
-- columns: none; pg_temp.source_side
-- source:  [ours]
ANALYZE source_side (flow_id, range_no, source_id)
