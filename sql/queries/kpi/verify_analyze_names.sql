-- Tells the planner how many records may be meant, and which claims know their source.
-- grain:   none
-- params:  none
-- columns: none; pg_temp.claim, name_of
-- source:  [ours]
ANALYZE claim, name_of
