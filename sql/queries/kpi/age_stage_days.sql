-- Makes the empty list of the days that are added up again; it goes with the transaction.
-- grain:   one row per clock and local day
-- params:  none
-- columns: none; makes pg_temp.age_day
-- source:  [ours]
CREATE TEMPORARY TABLE age_day (kind text, began_on date, PRIMARY KEY (kind, began_on)) ON COMMIT DROP
