-- The invoices behind: Days sales outstanding, the dearest open ones first.
-- grain:   one row per invoice that something is owed on, and one per invoice, credit note or cancellation among the sales of the period
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (issued; of sales: when they moved); outcome text (open, overdue,
--          sales of the period, unknown); in_numerator, in_denominator, is_unknown boolean; value float8 (seconds since it was issued; null:
--          sales); amount numeric (tax included); currency, flow_key text; due_on date
-- source:  as the figure's
WITH
-- include: period_cut
,
-- include: receivable
,
listed AS (
  SELECT
    o.customer_id, o.system_id, o.invoice_id, o.number, o.account_ref, nullif(o.posted_at, CAST('infinity' AS timestamptz)) AS at,
    CASE WHEN o.is_unknown THEN 'unknown' WHEN o.is_overdue THEN 'overdue' ELSE 'open' END AS outcome, NOT o.is_unknown AS in_numerator,
    false AS in_denominator, o.is_unknown, CAST(extract(epoch FROM c.at - o.posted_at) AS float8) AS value,
    CASE WHEN NOT o.is_unknown THEN o.amount END AS amount, o.currency, o.due_on
  FROM owed o
  JOIN cut c ON c.customer_id = o.customer_id
  WHERE o.is_unknown OR o.amount <> 0
  UNION ALL
  SELECT
    o.customer_id, o.system_id, o.invoice_id, o.number, o.account_ref, m.at, 'sales of the period: ' || m.kind, false, true, false, NULL, m.amount,
    o.currency, o.due_on
  FROM movement m
  JOIN cut c ON c.customer_id = m.customer_id
  JOIN owed o ON o.customer_id = m.customer_id AND o.system_id = m.system_id AND o.invoice_id = m.invoice_id
  WHERE NOT o.is_unknown AND m.kind IN ('issued', 'credited', 'cancelled') AND m.at >= c.since AND m.amount <> 0
)
SELECT
  l.customer_id, y.key AS system_key, l.invoice_id AS item_id, concat_ws(', ', coalesce(l.number, l.invoice_id), coalesce(a.name, l.account_ref)) AS label,
  l.at, l.outcome, l.in_numerator, l.in_denominator, l.is_unknown, l.value, l.amount, l.currency, CAST(NULL AS text) AS flow_key, l.due_on
FROM listed l
JOIN ops.system y ON y.customer_id = l.customer_id AND y.system_id = l.system_id
LEFT JOIN biz.account a ON a.customer_id = l.customer_id AND a.system_id = l.system_id AND a.source_id = l.account_ref
ORDER BY l.in_numerator DESC, l.is_unknown DESC, l.amount DESC NULLS LAST, l.customer_id, l.invoice_id, l.at
LIMIT CAST(:row_limit AS bigint)
