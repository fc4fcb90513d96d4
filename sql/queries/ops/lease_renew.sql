-- Holds a lease for longer.
-- grain:   one row while it is still ours, none when it was lost
-- params:  customer_id, system_id int; stream, holder text; seconds float8
-- columns: stream text
-- source:  the database's clock, which all workers share
UPDATE ops.lease
SET until = clock_timestamp() + make_interval(secs => CAST(:seconds AS double precision))
WHERE customer_id = CAST(:customer_id AS int)
  AND system_id = CAST(:system_id AS int)
  AND stream = CAST(:stream AS text)
  AND holder = CAST(:holder AS text)
RETURNING stream
