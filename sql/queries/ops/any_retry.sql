-- Whether a system has any run that retries another: most have none, and then nothing is looked for.
-- grain:   one row, or none
-- params:  customer_id, system_id int
-- columns: found int
-- source:  raw.run
SELECT 1 AS found
FROM raw.run r
WHERE r.customer_id = CAST(:customer_id AS int)
  AND r.system_id = CAST(:system_id AS int)
  AND r.retry_of IS NOT NULL
LIMIT 1
