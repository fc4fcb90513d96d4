-- Work-in-progress days: how many days of fees the unbilled work at the end of the period is worth.
-- grain:   one row per customer and currency, and one without for work of unknown value; a customer without work and fees has one row with a
--          null value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (null)
-- columns: customer_id int; part, currency text; value float8 (seconds; null: no fees); numerator (unbilled work), denominator (fees of the
--          days) numeric; unknown, sample bigint (pieces of work); low, high float8 (null); recent_wip_days (of the last three months' fees),
--          debtor_days, lock_up_days float8 (seconds); fee_days float8 (how many days of fees there are: 365, or since the first invoice);
--          unknown_invoices bigint
-- source:  metrics.md C8 (fragments work_standing, receivable, lock_up); unbilled work as in C7, fees without tax
WITH
cut AS (
  SELECT
    c.customer_id, c.time_zone, '' AS cut, v.at, v.at AS alive_at
  FROM ops.customer c
  CROSS JOIN LATERAL (
    SELECT least(CAST(:until AS timestamptz), coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond') AS at
  ) v
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[])) AND CAST(:since AS timestamptz) < CAST(:until AS timestamptz)
    AND coalesce(CAST(:by AS text), '') = ''
),
-- include: wip_fee
,
first_fee AS (
  SELECT o.customer_id, o.currency, min(o.posted_at) AS at
  FROM owed o
  WHERE NOT o.is_unknown
  GROUP BY o.customer_id, o.currency
),
currency AS (
  SELECT DISTINCT u.customer_id, u.currency FROM unbilled u WHERE u.is_unbilled AND u.amount IS NOT NULL
  UNION
  SELECT f.customer_id, f.currency FROM first_fee f
),
lock_base AS (
  SELECT
    k.customer_id, '' AS part, k.currency, coalesce(w.wip, 0) AS wip, coalesce(f.fees, 0) AS fees, coalesce(f.recent_fees, 0) AS recent_fees,
    coalesce(o.receivable, 0) AS receivable, coalesce(f.sales, 0) AS sales,
    CAST(least(365, extract(epoch FROM c.at - r.at) / 86400) AS float8) AS days,
    CAST(least(91, extract(epoch FROM c.at - r.at) / 86400) AS float8) AS recent_days, coalesce(w.sample, 0) AS sample
  FROM currency k
  JOIN cut c ON c.customer_id = k.customer_id
  LEFT JOIN first_fee r ON r.customer_id = k.customer_id AND r.currency = k.currency
  LEFT JOIN (
    SELECT u.customer_id, u.currency, sum(u.amount) AS wip, count(*) AS sample
    FROM unbilled u
    WHERE u.is_unbilled AND u.amount IS NOT NULL
    GROUP BY u.customer_id, u.currency
  ) w ON w.customer_id = k.customer_id AND w.currency = k.currency
  LEFT JOIN (
    SELECT f.customer_id, f.currency, sum(f.net) AS fees, sum(f.gross) AS sales, sum(f.net) FILTER (WHERE f.at >= c.at - interval '91 days') AS recent_fees
    FROM fee f
    JOIN cut c ON c.customer_id = f.customer_id
    GROUP BY f.customer_id, f.currency
  ) f ON f.customer_id = k.customer_id AND f.currency = k.currency
  LEFT JOIN (
    SELECT o.customer_id, o.currency, sum(o.amount) AS receivable FROM owed o WHERE NOT o.is_unknown GROUP BY o.customer_id, o.currency
  ) o ON o.customer_id = k.customer_id AND o.currency = k.currency
  WHERE k.currency IS NOT NULL
),
-- include: lock_up
,
doubt AS (
  SELECT c.customer_id, coalesce(u.unknown, 0) AS unknown, coalesce(o.unknown, 0) AS unknown_invoices
  FROM cut c
  LEFT JOIN (
    SELECT u.customer_id, count(*) AS unknown FROM unbilled u WHERE u.is_unknown OR u.amount IS NULL GROUP BY u.customer_id
  ) u ON u.customer_id = c.customer_id
  LEFT JOIN (SELECT o.customer_id, count(*) AS unknown FROM owed o WHERE o.is_unknown GROUP BY o.customer_id) o ON o.customer_id = c.customer_id
)
SELECT
  l.customer_id, l.part, l.currency, l.wip_days * 86400 AS value, l.wip AS numerator, l.fees AS denominator, CAST(0 AS bigint) AS unknown, l.sample,
  CAST(NULL AS float8) AS low, CAST(NULL AS float8) AS high, l.recent_wip_days * 86400 AS recent_wip_days, l.debtor_days * 86400 AS debtor_days,
  l.lock_up_days * 86400 AS lock_up_days, l.days AS fee_days, CAST(0 AS bigint) AS unknown_invoices
FROM lock_up l
UNION ALL
SELECT d.customer_id, '', NULL, NULL, NULL, NULL, d.unknown, 0, NULL, NULL, NULL, NULL, NULL, NULL, d.unknown_invoices
FROM doubt d
WHERE d.unknown + d.unknown_invoices > 0 OR NOT EXISTS (SELECT FROM lock_up l WHERE l.customer_id = d.customer_id)
ORDER BY customer_id, currency
