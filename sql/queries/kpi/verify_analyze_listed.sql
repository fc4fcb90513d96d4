-- Tells the planner which claims are looked at again, and by which rules.
-- grain:   none
-- params:  none
-- columns: none; pg_temp.flow_rule, claim_key
-- source:  [ours]
ANALYZE flow_rule, claim_key
