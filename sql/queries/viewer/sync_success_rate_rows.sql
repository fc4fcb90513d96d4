-- The transactions behind A1 to A3, bad ones first.
-- grain:   one row per logical transaction due in the period, void and pending ones included
-- params:  customer_ids int[]; since, until, as_of timestamptz; row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (when it was due); outcome text;
--          in_numerator, in_denominator, is_unknown boolean; value float8 (attempts); amount numeric; currency, flow_key text
-- source:  view kpi.transaction
SELECT
  t.customer_id, s.key AS system_key, t.transaction_key AS item_id,
  coalesce(t.object_type || ' ' || t.object_key, t.workflow_name, f.name) AS label, t.t0 AS at, t.outcome,
  t.outcome IN ('S1', 'S2') AS in_numerator,
  t.outcome IN ('S1', 'S2', 'S3', 'F', 'O+', 'M') AS in_denominator,
  t.outcome = 'unknown' AS is_unknown,
  CAST(t.attempts AS float8) AS value, t.amount, t.currency, f.key AS flow_key
FROM kpi.transaction t
JOIN ops.flow f ON f.customer_id = t.customer_id AND f.flow_id = t.flow_id
LEFT JOIN ops.system s ON s.customer_id = t.customer_id AND s.system_id = t.system_id
WHERE t.customer_id = ANY (CAST(:customer_ids AS int[]))
  AND t.t0 >= CAST(:since AS timestamptz) AND t.t0 < CAST(:until AS timestamptz)
ORDER BY t.outcome IN ('S1', 'S2', 'N', 'O'), t.t0 DESC, t.transaction_key
LIMIT CAST(:row_limit AS int)
