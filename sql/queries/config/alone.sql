-- One change of what is configured at a time, from reading what stands to writing what differs.
-- grain:   one row
-- params:  none
-- columns: locked text
-- source:  whoever waits here reads what the other has written; the lock goes with the transaction
SELECT CAST(pg_advisory_xact_lock(hashtext('throughline.configuration')) AS text) AS locked
