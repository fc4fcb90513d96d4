-- One recount at a time; the lock goes with the transaction.
-- grain:   one row
-- params:  none
-- columns: locked text
-- source:  whoever waits here finds less to do afterwards
SELECT CAST(pg_advisory_xact_lock(7305412) AS text) AS locked
