-- Gives a lease back.
-- grain:   one row
-- params:  customer_id, system_id int; stream, holder text
-- columns: none
-- source:  the harness
UPDATE ops.lease
SET holder = NULL, until = NULL
WHERE customer_id = CAST(:customer_id AS int)
  AND system_id = CAST(:system_id AS int)
  AND stream = CAST(:stream AS text)
  AND holder = CAST(:holder AS text)
