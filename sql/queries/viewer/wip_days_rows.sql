-- The work and the invoices behind: Work-in-progress days, unbilled work first.
-- grain:   one row per piece of unbilled work, and one per invoice, credit note or cancellation among the fees
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (the day of the work; of fees: when they moved); outcome text
--          (unbilled, unknown, fees); in_numerator, in_denominator, is_unknown boolean; value float8 (hours; null: fees); amount numeric;
--          currency, flow_key text
-- source:  as the figure's
WITH
-- include: work_end
,
-- include: wip_fee
,
listed AS (
  SELECT
    u.customer_id, u.system_id, u.item_id, u.account_ref, u.project_ref,
    concat_ws(', ', to_char(u.worked_on, 'YYYY-MM-DD'), CASE WHEN u.item_type = 'time_entry' THEN round(u.hours, 2) || ' h' ELSE 'expense' END) AS label,
    CAST(u.worked_on AS timestamp) AT TIME ZONE c.time_zone AS at,
    CASE WHEN u.is_unbilled AND u.amount IS NOT NULL THEN 'unbilled' ELSE 'unknown' END AS outcome,
    u.is_unbilled AND u.amount IS NOT NULL AS in_numerator, false AS in_denominator, u.is_unknown OR u.amount IS NULL AS is_unknown,
    CAST(u.hours AS float8) AS value, u.amount, CASE WHEN u.amount IS NOT NULL THEN u.currency END AS currency
  FROM unbilled u
  JOIN cut c ON c.customer_id = u.customer_id
  UNION ALL
  SELECT f.customer_id, f.system_id, f.invoice_id, f.account_ref, NULL, coalesce(f.number, f.invoice_id), f.at, 'fees: ' || f.kind, false, true, false, NULL,
    f.net, CASE WHEN f.net IS NOT NULL THEN f.currency END
  FROM fee f
)
SELECT
  l.customer_id, y.key AS system_key, l.item_id, concat_ws(', ', coalesce(a.name, l.account_ref), coalesce(p.name, l.project_ref), l.label) AS label, l.at,
  l.outcome, l.in_numerator, l.in_denominator, l.is_unknown, l.value, l.amount, l.currency, CAST(NULL AS text) AS flow_key
FROM listed l
JOIN ops.system y ON y.customer_id = l.customer_id AND y.system_id = l.system_id
LEFT JOIN biz.project p ON p.customer_id = l.customer_id AND p.system_id = l.system_id AND p.source_id = l.project_ref
LEFT JOIN biz.account a ON a.customer_id = l.customer_id AND a.system_id = l.system_id AND a.source_id = l.account_ref
ORDER BY l.in_numerator DESC, l.is_unknown DESC, l.amount DESC NULLS LAST, l.customer_id, l.item_id
LIMIT CAST(:row_limit AS bigint)
