-- Runs of one system that retry one of these runs.
-- grain:   one row per retry found
-- params:  customer_id, system_id int; parents text[]
-- columns: external_id, retry_of text; due_at timestamptz; transaction_key text
-- source:  raw.run
SELECT r.external_id, r.retry_of, r.due_at, r.transaction_key
FROM raw.run r
WHERE r.customer_id = CAST(:customer_id AS int)
  AND r.system_id = CAST(:system_id AS int)
  AND r.retry_of IS NOT NULL
  AND r.retry_of = ANY (CAST(:parents AS text[]))
