-- Tells the planner what is known of the claims.
-- grain:   none
-- params:  none
-- columns: none; pg_temp.claim
-- source:  [ours]
ANALYZE claim
