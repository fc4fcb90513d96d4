-- Tells the planner how many records the customer's own rules look at.
-- grain:   none
-- params:  none
-- columns: none
-- source:  [ours]
ANALYZE pg_temp.looked
