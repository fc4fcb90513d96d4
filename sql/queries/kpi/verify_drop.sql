-- Removes the lists of one pass, for the next in the same transaction.
-- grain:   none
-- params:  none
-- columns: none; pg_temp.flow_rule, claim_key, claim, name_of, found, target_seen, link_was
-- source:  [ours]
DROP TABLE pg_temp.flow_rule, pg_temp.claim_key, pg_temp.claim, pg_temp.name_of, pg_temp.found, pg_temp.target_seen, pg_temp.link_was
