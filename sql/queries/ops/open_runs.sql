-- Runs of a system that have not ended as far as we know, stuck ones included.
-- grain:   one row per run, the newest first
-- params:  customer_id, system_id int; row_limit int
-- columns: external_id text; due_at, started_at timestamptz; status text
-- source:  raw.run
SELECT r.external_id, r.due_at, r.started_at, r.status
FROM raw.run r
WHERE r.customer_id = CAST(:customer_id AS int)
  AND r.system_id = CAST(:system_id AS int)
  AND r.finished_at IS NULL
  AND r.status IN ('running', 'queued', 'waiting', 'unknown', 'stuck')
ORDER BY r.due_at DESC
LIMIT CAST(:row_limit AS int)
