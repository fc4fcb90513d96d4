-- The transactions behind A10b, the oldest first.
-- grain:   one row per transaction that was due and not done
-- params:  customer_ids int[]; since, until, as_of timestamptz (looked at from kpi.as_of()); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (when it was due); outcome text (O, O+); in_numerator,
--          in_denominator, is_unknown boolean; value float8 (seconds it has waited); amount numeric; currency, flow_key text
-- source:  as the figure's
WITH
-- include: open_transaction
SELECT
  t.customer_id, s.key AS system_key, t.transaction_key AS item_id,
  coalesce(t.object_type || ' ' || t.object_key, t.workflow_name, f.name) AS label, t.t0 AS at, t.outcome,
  false AS in_numerator, false AS in_denominator, false AS is_unknown, t.age_seconds AS value, t.amount, t.currency, f.key AS flow_key
FROM open_transaction t
JOIN ops.flow f ON f.customer_id = t.customer_id AND f.flow_id = t.flow_id
LEFT JOIN ops.system s ON s.customer_id = t.customer_id AND s.system_id = t.system_id
ORDER BY t.t0, t.transaction_key
LIMIT CAST(:row_limit AS bigint)
