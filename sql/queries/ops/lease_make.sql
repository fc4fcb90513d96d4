-- Makes the lease row of a stream, when it has none yet.
-- grain:   one row
-- params:  customer_id, system_id int; stream text
-- columns: none
-- source:  the harness
INSERT INTO ops.lease (customer_id, system_id, stream)
VALUES (CAST(:customer_id AS int), CAST(:system_id AS int), CAST(:stream AS text))
ON CONFLICT (customer_id, system_id, stream) DO NOTHING
