-- The invoices behind: Invoice first-time-right, those that were taken back first.
-- grain:   one row per invoice issued in the period
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (issued); outcome text (right, taken back, too young, taken back
--          already, unknown); in_numerator, in_denominator, is_unknown boolean; value float8 (seconds until it was taken back; null: it was
--          not); amount numeric (net); currency, flow_key text
-- source:  as the figure's
WITH
-- include: invoice_right
SELECT
  i.customer_id, y.key AS system_key, i.invoice_id AS item_id, concat_ws(', ', coalesce(i.number, i.invoice_id), coalesce(a.name, i.account_ref)) AS label,
  nullif(i.posted_at, CAST('infinity' AS timestamptz)) AS at,
  CASE WHEN i.outcome = 'too young' AND i.is_taken THEN 'taken back already' ELSE i.outcome END AS outcome,
  i.outcome = 'right' AS in_numerator, i.outcome IN ('right', 'taken back') AS in_denominator, i.outcome = 'unknown' AS is_unknown,
  CASE WHEN i.is_taken THEN CAST(extract(epoch FROM i.taken_at - i.posted_at) AS float8) END AS value,
  i.net AS amount, CASE WHEN i.net IS NOT NULL THEN i.currency END AS currency, CAST(NULL AS text) AS flow_key
FROM issued i
JOIN ops.system y ON y.customer_id = i.customer_id AND y.system_id = i.system_id
LEFT JOIN biz.account a ON a.customer_id = i.customer_id AND a.system_id = i.system_id AND a.source_id = i.account_ref
ORDER BY i.is_taken DESC, i.posted_at, i.customer_id, i.invoice_id
LIMIT CAST(:row_limit AS bigint)
