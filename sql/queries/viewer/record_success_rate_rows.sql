-- The transactions behind A4, those with most rejected records first.
-- grain:   one row per logical transaction due in the period
-- params:  customer_ids int[]; since, until, as_of timestamptz; row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (when it was due); outcome text;
--          in_numerator, in_denominator, is_unknown boolean; value float8 (records accepted); amount numeric; currency, flow_key text;
--          numerator, denominator int (records)
-- source:  view kpi.transaction
WITH
-- include: transaction_row
SELECT
  l.customer_id, l.system_key, l.item_id, l.label, l.at, l.outcome,
  l.records_ok > 0 AS in_numerator,
  l.records_ok + l.records_bad > 0 AS in_denominator,
  l.records_bad IS NULL AS is_unknown,
  CAST(l.records_ok AS float8) AS value, l.amount, l.currency, l.flow_key,
  coalesce(l.records_ok, 0) AS numerator, coalesce(l.records_ok + l.records_bad, 0) AS denominator
FROM listed l
WHERE l.outcome IN ('S1', 'S2', 'S3', 'F', 'unknown') OR l.outcome IN ('O+') AND l.records_bad IS NOT NULL
ORDER BY coalesce(l.records_bad, 0) DESC, l.at DESC, l.item_id
LIMIT CAST(:row_limit AS int)
