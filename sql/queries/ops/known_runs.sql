-- What we hold of these runs: to stop reading where everything is known, and to ask for details once.
-- grain:   one row per run found
-- params:  customer_id, system_id int; external_ids text[]
-- columns: external_id, status text; finished_at timestamptz; has_error bool
-- source:  raw.run
SELECT r.external_id, r.status, r.finished_at, r.error_message IS NOT NULL AS has_error
FROM raw.run r
WHERE r.customer_id = CAST(:customer_id AS int)
  AND r.system_id = CAST(:system_id AS int)
  AND r.external_id = ANY (CAST(:external_ids AS text[]))
