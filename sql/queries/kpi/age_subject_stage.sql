-- Makes the empty list of the subjects whose ages are told again; it goes with the transaction.
-- grain:   one row per subject
-- params:  none
-- columns: none; makes pg_temp.age_subject
-- source:  [ours]
CREATE TEMPORARY TABLE age_subject (subject text PRIMARY KEY, state text) ON COMMIT DROP
