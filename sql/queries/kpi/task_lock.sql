-- Waits until nobody else does this task for this customer; the lock goes with the transaction.
-- grain:   one row
-- params:  customer_id int; task text
-- columns: none
-- source:  [ours]
SELECT pg_advisory_xact_lock(hashtext('throughline.' || CAST(:task AS text)), CAST(:customer_id AS int))
