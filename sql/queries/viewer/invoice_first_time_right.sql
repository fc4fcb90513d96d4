-- Invoice first-time-right: of the invoices issued in the period, the share that nobody had to take back within 60 days.
-- grain:   one row per customer and part by count (currency null), and one more per currency by net value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (account, system, day or null)
-- columns: customer_id int; part, currency text; value float8 (0..1; null: nothing is 60 days old); numerator (right), denominator (60 days
--          old) numeric; unknown, sample bigint; low, high float8 (all that is unknown or too young taken back, or right); too_young,
--          young_taken_back bigint; unknown_amount numeric (what
--          is unknown or too young)
-- source:  metrics.md C12; attributed to the issue
WITH
-- include: invoice_right
,
-- include: account_name
,
placed AS (
  SELECT
    i.*,
    CASE CAST(:by AS text)
      WHEN 'account' THEN coalesce(a.name, i.account_ref, '(none)')
      WHEN 'system' THEN y.key
      WHEN 'day' THEN to_char(i.posted_at AT TIME ZONE c.time_zone, 'YYYY-MM-DD')
      ELSE ''
    END AS part
  FROM issued i
  JOIN ops.customer c ON c.customer_id = i.customer_id
  JOIN ops.system y ON y.customer_id = i.customer_id AND y.system_id = i.system_id
  LEFT JOIN account_name a ON a.customer_id = i.customer_id AND a.system_id = i.system_id AND a.ref = i.account_ref
),
counted AS (
  SELECT
    p.customer_id, p.part, m.currency,
    sum(m.weight) FILTER (WHERE p.outcome = 'right') AS good,
    sum(m.weight) FILTER (WHERE p.outcome IN ('right', 'taken back')) AS mature,
    coalesce(sum(m.weight) FILTER (WHERE p.outcome IN ('too young', 'unknown')), 0) AS open,
    count(*) FILTER (WHERE p.outcome = 'unknown' OR m.weight IS NULL AND p.outcome <> 'too young') AS unknown,
    count(*) FILTER (WHERE p.outcome IN ('right', 'taken back') AND m.weight IS NOT NULL) AS sample,
    count(*) FILTER (WHERE p.outcome = 'too young') AS too_young,
    count(*) FILTER (WHERE p.outcome = 'too young' AND p.is_taken) AS young_taken_back
  FROM placed p
  CROSS JOIN LATERAL (
    SELECT CAST(NULL AS text) AS currency, CAST(1 AS numeric) AS weight
    UNION ALL
    SELECT p.currency, p.net WHERE p.currency IS NOT NULL
  ) m
  GROUP BY p.customer_id, p.part, m.currency
),
part AS (
  SELECT c.customer_id, '' AS part, CAST(NULL AS text) AS currency
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[])) AND CAST(:by AS text) IS NULL
  UNION
  SELECT n.customer_id, n.part, n.currency
  FROM counted n
)
SELECT
  a.customer_id, a.part, a.currency,
  CASE WHEN n.mature > 0 THEN CAST(coalesce(n.good, 0) / n.mature AS float8) END AS value,
  coalesce(n.good, 0) AS numerator, coalesce(n.mature, 0) AS denominator, coalesce(n.unknown, 0) AS unknown, coalesce(n.sample, 0) AS sample,
  CASE WHEN coalesce(n.mature, 0) + n.open > 0 THEN CAST(coalesce(n.good, 0) / (coalesce(n.mature, 0) + n.open) AS float8) END AS low,
  CASE WHEN coalesce(n.mature, 0) + n.open > 0
    THEN CAST((coalesce(n.good, 0) + n.open) / (coalesce(n.mature, 0) + n.open) AS float8) END AS high,
  coalesce(n.too_young, 0) AS too_young, coalesce(n.young_taken_back, 0) AS young_taken_back,
  coalesce(n.open, 0) AS unknown_amount
FROM part a
LEFT JOIN counted n ON n.customer_id = a.customer_id AND n.part = a.part AND n.currency IS NOT DISTINCT FROM a.currency
ORDER BY customer_id, part, currency NULLS FIRST
