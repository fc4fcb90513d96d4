-- Days sales outstanding: how many days of sales are owed at the end of the period, counted back month by month.
-- grain:   one row per customer, part and currency; a customer without invoices has one row with a null value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (account, system or null)
-- columns: customer_id int; part, currency text; value float8 (seconds, counted back; infinity: more is owed than was ever sold; null: no
--          sales); numerator (owed, tax included), denominator (sales of the period, tax included) numeric; unknown, sample bigint
--          (invoices); low, high float8 (null); simple, best_possible, delinquent float8 (seconds; null: no sales in the period),
--          effectiveness float8 (0..1); opening, overdue numeric
-- source:  metrics.md C16 (fragments receivable, days_outstanding)
WITH
-- include: period_cut
,
-- include: receivable
,
-- include: account_name
,
placed AS MATERIALIZED (
  SELECT
    o.*,
    CASE CAST(:by AS text) WHEN 'account' THEN coalesce(a.name, o.account_ref, '(none)') WHEN 'system' THEN y.key ELSE '' END AS part
  FROM owed o
  JOIN ops.system y ON y.customer_id = o.customer_id AND y.system_id = o.system_id
  LEFT JOIN account_name a ON a.customer_id = o.customer_id AND a.system_id = o.system_id AND a.ref = o.account_ref
),
moved_of AS MATERIALIZED (
  SELECT
    p.part, m.customer_id, p.currency, m.kind IN ('issued', 'credited', 'cancelled') AS is_sale, m.at, m.amount,
    CAST(date_trunc('month', m.at AT TIME ZONE c.time_zone) AS date) AS month
  FROM movement m
  JOIN cut c ON c.customer_id = m.customer_id
  JOIN placed p ON p.customer_id = m.customer_id AND p.system_id = m.system_id AND p.invoice_id = m.invoice_id
  WHERE NOT p.is_unknown
),
span AS (
  SELECT m.customer_id, m.part, m.currency, min(m.month) AS first_month
  FROM moved_of m
  WHERE m.is_sale
  GROUP BY m.customer_id, m.part, m.currency
),
month_sales AS MATERIALIZED (
  SELECT
    s.customer_id, s.part, s.currency, CAST(row_number() OVER (PARTITION BY s.customer_id, s.part, s.currency ORDER BY g.month DESC) - 1 AS int) AS n,
    coalesce(v.sales, 0) AS sales,
    CAST(extract(epoch FROM least(g.month + interval '1 month', l.local_cut) - g.month) / 86400 AS float8) AS days
  FROM span s
  JOIN cut c ON c.customer_id = s.customer_id
  CROSS JOIN LATERAL (SELECT c.at AT TIME ZONE c.time_zone AS local_cut) l
  CROSS JOIN LATERAL generate_series(CAST(s.first_month AS timestamp), l.local_cut - interval '1 microsecond', interval '1 month') g (month)
  LEFT JOIN (
    SELECT m.customer_id, m.part, m.currency, m.month, sum(m.amount) AS sales
    FROM moved_of m
    WHERE m.is_sale
    GROUP BY m.customer_id, m.part, m.currency, m.month
  ) v ON v.customer_id = s.customer_id AND v.part = s.part AND v.currency = s.currency AND v.month = CAST(g.month AS date)
),
overdue AS (
  SELECT
    p.customer_id, p.part, p.currency, coalesce(sum(p.amount) FILTER (WHERE p.is_overdue AND NOT p.is_unknown), 0) AS overdue,
    count(*) FILTER (WHERE p.is_unknown) AS unknown, count(*) FILTER (WHERE NOT p.is_unknown AND p.amount <> 0) AS sample
  FROM placed p
  GROUP BY p.customer_id, p.part, p.currency
),
ledger AS MATERIALIZED (
  SELECT
    o.customer_id, o.part, o.currency,
    coalesce(sum(m.amount) FILTER (WHERE m.at < c.since), 0) AS opening, coalesce(sum(m.amount), 0) AS receivable,
    coalesce(sum(m.amount), 0) - min(o.overdue) AS current,
    coalesce(sum(m.amount) FILTER (WHERE m.is_sale AND m.at >= c.since), 0) AS sales,
    CAST(extract(epoch FROM min(c.at AT TIME ZONE c.time_zone) - min(c.since AT TIME ZONE c.time_zone)) / 86400 AS float8) AS days,
    greatest(1, round(CAST(extract(epoch FROM min(c.at) - min(c.since)) / 2629746 AS numeric))) AS months
  FROM overdue o
  JOIN cut c ON c.customer_id = o.customer_id
  LEFT JOIN moved_of m ON m.customer_id = o.customer_id AND m.part = o.part AND m.currency = o.currency
  WHERE o.currency IS NOT NULL
  GROUP BY o.customer_id, o.part, o.currency
),
-- include: days_outstanding
SELECT
  d.customer_id, d.part, d.currency, d.countback * 86400 AS value, d.receivable AS numerator, d.sales AS denominator, o.unknown, o.sample,
  CAST(NULL AS float8) AS low, CAST(NULL AS float8) AS high, d.simple * 86400 AS simple, d.best_possible * 86400 AS best_possible,
  d.delinquent * 86400 AS delinquent, d.effectiveness, d.opening, o.overdue
FROM days_outstanding d
JOIN overdue o ON o.customer_id = d.customer_id AND o.part = d.part AND o.currency = d.currency
UNION ALL
SELECT o.customer_id, o.part, NULL, NULL, NULL, NULL, o.unknown, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM overdue o
WHERE o.currency IS NULL
UNION ALL
SELECT c.customer_id, '', NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM cut c
WHERE NOT EXISTS (SELECT FROM overdue o WHERE o.customer_id = c.customer_id)
ORDER BY customer_id, part, currency
