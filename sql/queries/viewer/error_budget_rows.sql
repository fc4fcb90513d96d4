-- The transactions behind B3, those that use the budget first.
-- grain:   one row per logical transaction due in the period
-- params:  customer_ids int[]; since, until, as_of timestamptz; row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (when it was due); outcome text;
--          in_numerator (bad), in_denominator (valid, with a target agreed), is_unknown boolean; value float8 (the part of a failure it
--          allows); amount numeric; currency, flow_key text
-- source:  view kpi.transaction; terms
WITH
-- include: transaction_row
,
-- include: agreed
SELECT
  l.customer_id, l.system_key, l.item_id, l.label, l.at, l.outcome,
  a.share IS NOT NULL AND l.outcome IN ('S3', 'F', 'O+', 'M') AS in_numerator,
  a.share IS NOT NULL AND l.outcome IN ('S1', 'S2', 'S3', 'F', 'O+', 'M') AS in_denominator,
  a.share IS NOT NULL AND l.outcome = 'unknown' AS is_unknown,
  CASE WHEN l.outcome IN ('S1', 'S2', 'S3', 'F', 'O+', 'M') THEN CAST(kpi.budget(1, a.share) AS float8) END AS value,
  l.amount, l.currency, l.flow_key
FROM listed l
LEFT JOIN agreed a ON a.customer_id = l.customer_id AND a.metric IN ('sync_success_rate', 'A1') AND a.valid_from <= l.at AND l.at < a.valid_to
ORDER BY l.outcome IN ('S1', 'S2', 'N', 'O'), l.at DESC, l.item_id
LIMIT CAST(:row_limit AS int)
