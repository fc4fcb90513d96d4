-- Work-in-progress days: how many days of fees the unbilled work at the end of the period is worth.
-- grain:   one row per customer, part and currency, and one without for work of unknown value; a customer without work and fees has one row with
--          a null value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (project, practice or null)
-- columns: customer_id int; part, currency text; value float8 (seconds; null: no fees); numerator (unbilled work), denominator (fees of the
--          days; null: nobody can tell which part an invoice is of) numeric; unknown, sample bigint (pieces of work); low, high float8 (null);
--          recent_wip_days (of the last three months' fees), debtor_days, lock_up_days float8 (seconds); fee_days float8 (how many days of fees
--          there are: 365, or since the first invoice of the part); unknown_invoices bigint
-- source:  metrics.md C8 (fragments work_standing, receivable, lock_up); unbilled work as in C7, fees without tax; of one part both
WITH
-- include: work_end
,
-- include: wip_fee
,
-- include: work_name
,
-- include: practice_of
,
-- include: invoice_part
,
wip AS MATERIALIZED (
  SELECT
    u.customer_id, coalesce(kpi.work_part(CAST(:by AS text), u.system_id, u.project_ref, u.account_ref, o.practice), '') AS part, u.currency, u.amount,
    u.is_unbilled AND u.amount IS NOT NULL AS is_wip, u.is_unknown OR u.amount IS NULL AS is_unknown
  FROM unbilled u
  LEFT JOIN practice_of o ON o.customer_id = u.customer_id AND o.system_id = u.system_id AND o.project_ref = u.project_ref
),
billed AS MATERIALIZED (  -- what is owed of invoices, by part
  SELECT
    o.customer_id, coalesce(s.part, '') AS part, o.currency, o.posted_at, o.is_unknown OR s.part IS NOT NULL AND s.upper IS NULL AS is_unknown,
    CASE WHEN s.part IS NULL THEN o.amount ELSE round(o.amount * s.upper, 4) - round(o.amount * s.lower, 4) END AS amount
  FROM owed o
  LEFT JOIN invoice_part s ON s.customer_id = o.customer_id AND s.system_id = o.system_id AND s.invoice_id = o.invoice_id
),
earned AS MATERIALIZED (
  SELECT
    f.customer_id, coalesce(s.part, '') AS part, f.currency, f.at,
    CASE WHEN s.part IS NULL THEN f.net ELSE round(f.net * s.upper, 4) - round(f.net * s.lower, 4) END AS net,
    CASE WHEN s.part IS NULL THEN f.gross ELSE round(f.gross * s.upper, 4) - round(f.gross * s.lower, 4) END AS gross,
    s.part IS NOT NULL AND s.upper IS NULL AS is_unknown
  FROM fee f
  LEFT JOIN invoice_part s ON s.customer_id = f.customer_id AND s.system_id = f.system_id AND s.invoice_id = f.invoice_id
),
first_fee AS (
  SELECT b.customer_id, b.part, b.currency, min(b.posted_at) AS at
  FROM billed b
  WHERE NOT b.is_unknown
  GROUP BY b.customer_id, b.part, b.currency
),
currency AS (
  SELECT DISTINCT w.customer_id, w.part, w.currency FROM wip w WHERE w.is_wip
  UNION
  SELECT f.customer_id, f.part, f.currency FROM first_fee f
),
lock_base AS (
  SELECT
    k.customer_id, k.part, k.currency, coalesce(w.wip, 0) AS wip, CASE WHEN f.is_unknown IS NOT TRUE THEN coalesce(f.fees, 0) END AS fees,
    CASE WHEN f.is_unknown IS NOT TRUE THEN coalesce(f.recent_fees, 0) END AS recent_fees,
    CASE WHEN f.is_unknown IS NOT TRUE THEN coalesce(o.receivable, 0) END AS receivable,
    CASE WHEN f.is_unknown IS NOT TRUE THEN coalesce(f.sales, 0) END AS sales,
    CAST(least(365, extract(epoch FROM c.at - r.at) / 86400) AS float8) AS days,
    CAST(least(91, extract(epoch FROM c.at - r.at) / 86400) AS float8) AS recent_days, coalesce(w.sample, 0) AS sample
  FROM currency k
  JOIN cut c ON c.customer_id = k.customer_id
  LEFT JOIN first_fee r ON r.customer_id = k.customer_id AND r.part = k.part AND r.currency = k.currency
  LEFT JOIN (
    SELECT w.customer_id, w.part, w.currency, sum(w.amount) AS wip, count(*) AS sample
    FROM wip w
    WHERE w.is_wip
    GROUP BY w.customer_id, w.part, w.currency
  ) w ON w.customer_id = k.customer_id AND w.part = k.part AND w.currency = k.currency
  LEFT JOIN (
    SELECT
      f.customer_id, f.part, f.currency, sum(f.net) AS fees, sum(f.gross) AS sales, bool_or(f.is_unknown) AS is_unknown,
      sum(f.net) FILTER (WHERE f.at >= c.at - interval '91 days') AS recent_fees
    FROM earned f
    JOIN cut c ON c.customer_id = f.customer_id
    GROUP BY f.customer_id, f.part, f.currency
  ) f ON f.customer_id = k.customer_id AND f.part = k.part AND f.currency = k.currency
  LEFT JOIN (
    SELECT b.customer_id, b.part, b.currency, sum(b.amount) AS receivable FROM billed b WHERE NOT b.is_unknown GROUP BY b.customer_id, b.part, b.currency
  ) o ON o.customer_id = k.customer_id AND o.part = k.part AND o.currency = k.currency
  WHERE k.currency IS NOT NULL
),
-- include: lock_up
,
doubt AS (
  SELECT d.customer_id, d.part, sum(d.unknown) AS unknown, sum(d.unknown_invoices) AS unknown_invoices
  FROM (
    SELECT c.customer_id, '' AS part, 0 AS unknown, 0 AS unknown_invoices FROM cut c WHERE CAST(:by AS text) IS NULL
    UNION ALL
    SELECT w.customer_id, w.part, 1, 0 FROM wip w WHERE w.is_unknown
    UNION ALL
    SELECT b.customer_id, b.part, 0, 1 FROM billed b WHERE b.is_unknown
  ) d
  GROUP BY d.customer_id, d.part
)
SELECT
  l.customer_id, kpi.part_name(CAST(:by AS text), l.part, n.name) AS part, l.currency, l.wip_days * 86400 AS value, l.wip AS numerator,
  l.fees AS denominator, CAST(0 AS bigint) AS unknown, l.sample, CAST(NULL AS float8) AS low, CAST(NULL AS float8) AS high,
  l.recent_wip_days * 86400 AS recent_wip_days, l.debtor_days * 86400 AS debtor_days, l.lock_up_days * 86400 AS lock_up_days, l.days AS fee_days,
  CAST(0 AS bigint) AS unknown_invoices
FROM lock_up l
LEFT JOIN work_name n ON n.customer_id = l.customer_id AND n.system_id || ' ' || n.ref = l.part
UNION ALL
SELECT d.customer_id, kpi.part_name(CAST(:by AS text), d.part, n.name), NULL, NULL, NULL, NULL, d.unknown, 0, NULL, NULL, NULL, NULL, NULL, NULL, d.unknown_invoices
FROM doubt d
LEFT JOIN work_name n ON n.customer_id = d.customer_id AND n.system_id || ' ' || n.ref = d.part
WHERE d.unknown + d.unknown_invoices > 0 OR NOT EXISTS (SELECT FROM lock_up l WHERE l.customer_id = d.customer_id)
ORDER BY customer_id, part, currency
