-- What the run log says was written, record by record; never what happened.
-- grain:   one row per run and record that it names, tests left out. The items of a run are its claims; a run without items that names one record
--          claims that record
-- columns: is_written boolean (false: the log itself says that it was not); claimed_at; object_type (empty: not told); target_key as told;
--          run_seen_at, item_seen_at (null: no item)
-- source:  raw.run, raw.run_item. A batch that names no record claims none
CREATE VIEW kpi.claim WITH (security_invoker = true) AS
SELECT
  r.customer_id, r.flow_id, r.due_at, r.system_id AS run_system_id, r.transaction_key, r.external_id, i.object_type, i.source_key,
  kpi.plain_key(i.target_key) AS target_key, i.claimed_state = 'written' AS is_written, coalesce(i.claimed_at, r.finished_at, r.due_at) AS claimed_at,
  i.amount, i.currency, r.last_seen_at AS run_seen_at, i.last_seen_at AS item_seen_at
FROM raw.run r
JOIN raw.run_item i ON i.customer_id = r.customer_id AND i.system_id = r.system_id AND i.external_id = r.external_id AND i.due_at = r.due_at
WHERE r.flow_id IS NOT NULL AND r.trigger <> 'test' AND i.claimed_state IN ('written', 'rejected')
UNION ALL
SELECT
  r.customer_id, r.flow_id, r.due_at, r.system_id, r.transaction_key, r.external_id, coalesce(r.object_type, ''), r.object_key,
  kpi.plain_key(r.target_key), r.status = 'success' AND coalesce(r.records_bad, 0) = 0, coalesce(r.finished_at, r.due_at),
  r.amount, r.currency, r.last_seen_at, NULL
FROM raw.run r
WHERE r.flow_id IS NOT NULL AND r.trigger <> 'test' AND r.object_key IS NOT NULL
  AND r.status IN ('success', 'partial', 'failed', 'timeout', 'cancelled')
  AND NOT EXISTS (
    SELECT FROM raw.run_item i
    WHERE i.customer_id = r.customer_id AND i.system_id = r.system_id AND i.external_id = r.external_id AND i.due_at = r.due_at
      AND i.claimed_state IN ('written', 'rejected'));
