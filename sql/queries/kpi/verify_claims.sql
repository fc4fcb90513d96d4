-- What the log says of each claim that is to be looked at: a transaction claims a record when one of its runs says that it was written.
-- grain:   one row of pg_temp.claim per pg_temp.claim_key whose run still says so
-- params:  customer_id int
-- columns: rows written
-- source:  view kpi.claim
INSERT INTO pg_temp.claim (
  flow_id, due_at, run_system_id, transaction_key, object_type, source_key, external_id, plain_key, target_key, is_written, claimed_at,
  amount, currency, source_type, source_system_id, target_type, target_system_id)
SELECT
  k.flow_id, k.due_at, k.run_system_id, k.transaction_key, k.object_type, k.source_key, c.external_id, kpi.plain_key(k.source_key), c.target_key,
  c.is_written, c.claimed_at, c.amount, c.currency, f.source_type, f.source_system_id, f.target_type, f.target_system_id
FROM pg_temp.claim_key k
CROSS JOIN LATERAL (
  SELECT c.external_id, c.target_key, c.is_written, c.claimed_at, c.amount, c.currency
  FROM kpi.claim c
  WHERE c.customer_id = CAST(:customer_id AS int) AND c.flow_id = k.flow_id AND c.due_at = k.due_at AND c.run_system_id = k.run_system_id
    AND c.transaction_key = k.transaction_key AND c.object_type = k.object_type AND c.source_key = k.source_key
  ORDER BY c.is_written DESC, c.claimed_at DESC, c.external_id DESC
  LIMIT 1
) c
LEFT JOIN pg_temp.flow_rule f ON f.flow_id = k.flow_id AND f.object_type = k.object_type
