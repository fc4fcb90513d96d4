-- Whether nobody else does this task for this customer at this moment; the lock goes with the transaction.
-- grain:   one row
-- params:  customer_id int; task text
-- columns: taken boolean
-- source:  [ours]
SELECT pg_try_advisory_xact_lock(hashtext('throughline.' || CAST(:task AS text)), CAST(:customer_id AS int)) AS taken
