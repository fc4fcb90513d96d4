-- The transactions of a window of which anything was written after an instant: what came late.
-- grain:   one row per customer, flow and transaction
-- params:  customer_ids int[]; since, until, after timestamptz
-- columns: customer_id int; flow_key, item_id text; is_new boolean (nothing of it had been seen before)
-- source:  raw.run: first_seen_at and last_seen_at, when a state was first and last seen by us
SELECT r.customer_id, f.key AS flow_key, r.transaction_key AS item_id, bool_and(r.first_seen_at > CAST(:after AS timestamptz)) AS is_new
FROM raw.run r
JOIN ops.flow f ON f.customer_id = r.customer_id AND f.flow_id = r.flow_id
WHERE r.customer_id = ANY (CAST(:customer_ids AS int[]))
  AND r.due_at >= CAST(:since AS timestamptz) AND r.due_at < CAST(:until AS timestamptz)
GROUP BY r.customer_id, f.key, r.transaction_key
HAVING max(r.last_seen_at) > CAST(:after AS timestamptz)
ORDER BY r.customer_id, f.key, r.transaction_key
