-- Makes the empty list of the days that are added up again; it goes with the transaction.
-- grain:   one row per local day
-- params:  none
-- columns: none; makes pg_temp.age_day
-- source:  [ours]
CREATE TEMPORARY TABLE age_day (began_on date PRIMARY KEY) ON COMMIT DROP
