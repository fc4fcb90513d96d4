-- One preparation of a recount at a time, and none while cells are counted.
-- grain:   one row
-- params:  none
-- columns: locked text
-- source:  whoever waits here finds less to do afterwards; the lock goes with the transaction
SELECT CAST(pg_advisory_xact_lock(7305412) AS text) AS locked
