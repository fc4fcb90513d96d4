-- Tells the planner what the lists of this pass hold.
-- grain:   none
-- params:  none
-- columns: none; pg_temp.flow_rule, claim_key, claim, name_of, found, target_seen
-- source:  [ours]
ANALYZE flow_rule, claim_key, claim, name_of, found, target_seen
