-- The transactions behind A1m: those with an amount, the bad ones first, the largest first.
-- grain:   one row per logical transaction due in the period that has an amount
-- params:  customer_ids int[]; since, until, as_of timestamptz; row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (when it was due); outcome text;
--          in_numerator, in_denominator, is_unknown boolean; value float8 (attempts); amount numeric; currency, flow_key text
-- source:  view kpi.transaction
WITH
-- include: transaction_row
SELECT
  l.customer_id, l.system_key, l.item_id, l.label, l.at, l.outcome,
  l.outcome IN ('S1', 'S2') AS in_numerator,
  l.outcome IN ('S1', 'S2', 'S3', 'F', 'O+', 'M') AS in_denominator,
  l.outcome = 'unknown' AS is_unknown,
  CAST(l.attempts AS float8) AS value, l.amount, l.currency, l.flow_key
FROM listed l
WHERE l.amount IS NOT NULL AND l.currency IS NOT NULL AND l.outcome <> 'N'
ORDER BY l.outcome IN ('S1', 'S2', 'O'), l.amount DESC, l.item_id
LIMIT CAST(:row_limit AS int)
