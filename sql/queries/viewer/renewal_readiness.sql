-- Renewal readiness: of the contracts that end soon, the share that a later contract with the same account follows.
-- grain:   one row per customer and part by contracts (currency null), and one more per currency by value; a customer of which no contract ends has
--          one row with a null value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (account, system or null)
-- columns: customer_id int; part, currency text; value float8; numerator (renewed), denominator (of all that end) numeric; unknown, sample bigint
--          (contracts); low, high float8 (if none or all of the unknown ones were renewed; null by money); without_value bigint
-- source:  product.md, KPI 33 (fragment ending)
WITH
-- include: ending
,
-- include: account_name
,
placed AS (
  SELECT
    e.*, CASE CAST(:by AS text) WHEN 'account' THEN coalesce(a.name, e.account_ref, '(none)') WHEN 'system' THEN y.key ELSE '' END AS part
  FROM ending e
  JOIN ops.system y ON y.customer_id = e.customer_id AND y.system_id = e.system_id
  LEFT JOIN account_name a ON a.customer_id = e.customer_id AND a.system_id = e.system_id AND a.ref = e.account_ref
),
counted AS (
  SELECT
    p.customer_id, p.part, m.currency, coalesce(sum(m.weight) FILTER (WHERE p.outcome = 'renewed'), 0) AS renewed,
    coalesce(sum(m.weight) FILTER (WHERE p.outcome <> 'unknown'), 0) AS ending, count(*) FILTER (WHERE p.outcome = 'unknown') AS unknown,
    count(*) FILTER (WHERE p.outcome <> 'unknown') AS sample, count(*) FILTER (WHERE p.amount IS NULL OR p.currency IS NULL) AS without_value
  FROM placed p
  CROSS JOIN LATERAL (
    SELECT CAST(NULL AS text) AS currency, CAST(1 AS numeric) AS weight
    UNION ALL
    SELECT p.currency, p.amount WHERE p.currency IS NOT NULL AND p.amount IS NOT NULL
  ) m
  GROUP BY p.customer_id, p.part, m.currency
)
SELECT
  n.customer_id, n.part, n.currency, CAST(n.renewed / nullif(n.ending, 0) AS float8) AS value, n.renewed AS numerator, n.ending AS denominator, n.unknown,
  n.sample, CASE WHEN n.currency IS NULL THEN CAST(n.renewed / nullif(n.ending + n.unknown, 0) AS float8) END AS low,
  CASE WHEN n.currency IS NULL THEN CAST((n.renewed + n.unknown) / nullif(n.ending + n.unknown, 0) AS float8) END AS high, n.without_value
FROM counted n
UNION ALL
SELECT c.customer_id, '', NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, 0
FROM cut c
WHERE CAST(:by AS text) IS NULL AND NOT EXISTS (SELECT FROM counted n WHERE n.customer_id = c.customer_id)
ORDER BY customer_id, part, currency NULLS FIRST
