-- The newest transactions of a period, of one flow or of all.
-- grain:   one row per logical transaction due in the period, newest first
-- params:  customer_ids int[]; since, until timestamptz; flow_key text (null: all); only_bad boolean; row_limit int
-- columns: item_id, label text; at timestamptz (when it was due); outcome text; attempts int; total bigint (all that match, beyond the
--          limit too)
-- source:  view kpi.transaction, as the rows of sync_success_rate
WITH
-- include: transaction_row
SELECT l.item_id, l.label, l.at, l.outcome, l.attempts, count(*) OVER () AS total
FROM listed l
WHERE l.customer_id = ANY (CAST(:customer_ids AS int[]))
  AND (CAST(:flow_key AS text) IS NULL OR l.flow_key = CAST(:flow_key AS text))
  AND (NOT CAST(:only_bad AS boolean) OR l.outcome IN ('S3', 'F', 'O+', 'M'))
ORDER BY l.at DESC, l.item_id
LIMIT CAST(:row_limit AS int)
