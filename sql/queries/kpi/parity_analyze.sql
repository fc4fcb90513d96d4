-- Tells the planner which records, links and ranges are asked for.
-- grain:   none
-- params:  none
-- columns: none; pg_temp.pair, agreed, wanted, link, range_read
-- source:  [ours]
ANALYZE pair, agreed, wanted, link, range_read
