-- The transactions behind A6, the slowest first; those that failed or never began have no value and count as infinite.
-- grain:   one row per logical transaction due in the period
-- params:  customer_ids int[]; since, until, as_of timestamptz; row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (when it was due); outcome text;
--          in_numerator, in_denominator, is_unknown boolean; value float8 (seconds from commit at the source to commit at the target); amount numeric; currency, flow_key text
-- source:  view kpi.transaction
WITH
-- include: transaction_row
SELECT
  l.customer_id, l.system_key, l.item_id, l.label, l.at, l.outcome,
  coalesce(l.latency_seconds <= l.latency_threshold_seconds, false) AS in_numerator,
  l.latency_seconds IS NOT NULL OR l.outcome IN ('F', 'O+', 'M') AS in_denominator,
  l.outcome = 'unknown' OR l.outcome IN ('S1', 'S2', 'S3') AND l.latency_seconds IS NULL AS is_unknown,
  CAST(l.latency_seconds AS float8) AS value, l.amount, l.currency, l.flow_key
FROM listed l
WHERE l.outcome IN ('S1', 'S2', 'S3', 'F', 'O+', 'M') OR l.outcome = 'unknown'
ORDER BY l.outcome IN ('F', 'O+', 'M') DESC, l.latency_seconds DESC NULLS LAST, l.at DESC, l.item_id
LIMIT CAST(:row_limit AS int)
