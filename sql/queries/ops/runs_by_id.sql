-- Runs of one system by the platform's own id: what a retry inherits from.
-- grain:   one row per run found
-- params:  customer_id, system_id int; external_ids text[]
-- columns: external_id text; due_at timestamptz; transaction_key text; retry_of text
-- source:  raw.run
SELECT r.external_id, r.due_at, r.transaction_key, r.retry_of
FROM raw.run r
WHERE r.customer_id = CAST(:customer_id AS int)
  AND r.system_id = CAST(:system_id AS int)
  AND r.external_id = ANY (CAST(:external_ids AS text[]))
