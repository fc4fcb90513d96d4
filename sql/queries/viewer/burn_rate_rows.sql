-- The transactions behind B4, those that burn the budget first.
-- grain:   one row per transaction that became known to be good or bad in the period
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (when it was known); outcome text; in_numerator (bad),
--          in_denominator, is_unknown boolean; value float8 (the part of a failure it allows); amount numeric; currency, flow_key text
-- source:  as the figure's
WITH
-- include: burn
SELECT
  b.customer_id, s.key AS system_key, b.transaction_key AS item_id,
  coalesce(b.object_type || ' ' || b.object_key, b.workflow_name, f.name) AS label, b.known_at AS at, b.outcome,
  b.is_bad AS in_numerator, true AS in_denominator, false AS is_unknown, CAST(b.budget AS float8) AS value, b.amount, b.currency,
  f.key AS flow_key
FROM burning b
JOIN ops.flow f ON f.customer_id = b.customer_id AND f.flow_id = b.flow_id
LEFT JOIN ops.system s ON s.customer_id = b.customer_id AND s.system_id = b.system_id
WHERE b.is_in_period
ORDER BY b.is_bad DESC, b.known_at DESC, b.transaction_key
LIMIT CAST(:row_limit AS bigint)
