-- The instant that the cursor must not pass: the start of the oldest run that is still open and not stuck.
-- grain:   one row; null when nothing is open
-- params:  customer_id, system_id int
-- columns: at timestamptz
-- source:  raw.run
SELECT min(least(r.due_at, r.started_at)) AS at
FROM raw.run r
WHERE r.customer_id = CAST(:customer_id AS int)
  AND r.system_id = CAST(:system_id AS int)
  AND r.finished_at IS NULL
  AND r.status IN ('running', 'queued', 'waiting', 'unknown')
