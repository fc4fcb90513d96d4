-- A10: how many transactions were due and not done at the end of the period?
-- grain:   one row per customer and part by count (currency null), 0 when nothing waits, null when its runs were never read; and one more
--          per currency with what they are worth, of those that carry an amount
-- params:  customer_ids int[]; since, until, as_of timestamptz (looked at from kpi.as_of()); by text (null, flow, system, workflow)
-- columns: customer_id int; part, currency text; value, numerator numeric (transactions, or money); denominator numeric (null); unknown
--          (without an amount, beside money), sample bigint; low, high float8 (null); beside them overdue bigint; oldest_at timestamptz;
--          oldest_seconds, half_older_than, tenth_older_than float8: ages of what is open, which are no latencies
-- source:  metrics.md A10; fragment open_transaction
WITH
-- include: open_transaction
,
-- include: parts
,
placed AS (
  SELECT t.*, f.part
  FROM open_transaction t
  JOIN part_of_flow f ON f.customer_id = t.customer_id AND f.flow_id = t.flow_id
),
summed AS (
  SELECT
    p.customer_id, p.part, m.currency,
    CASE WHEN m.currency IS NULL THEN CAST(count(*) AS numeric) ELSE sum(p.amount) FILTER (WHERE p.currency = m.currency) END AS value,
    count(*) FILTER (WHERE m.currency IS NULL OR p.currency = m.currency) AS sample,
    count(*) FILTER (WHERE m.currency IS NOT NULL AND p.amount IS NULL) AS unknown,
    count(*) FILTER (WHERE p.outcome = 'O+' AND (m.currency IS NULL OR p.currency = m.currency)) AS overdue,
    min(p.t0) FILTER (WHERE m.currency IS NULL OR p.currency = m.currency) AS oldest_at,
    percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY p.age_seconds)
      FILTER (WHERE m.currency IS NULL OR p.currency = m.currency) AS ages
  FROM placed p
  JOIN (
    SELECT DISTINCT q.customer_id, q.part, q.currency FROM placed q WHERE q.amount IS NOT NULL
    UNION ALL
    SELECT DISTINCT q.customer_id, q.part, CAST(NULL AS text) FROM placed q
  ) m ON m.customer_id = p.customer_id AND m.part = p.part
  GROUP BY p.customer_id, p.part, m.currency
),
answer AS (
  SELECT
    coalesce(p.customer_id, s.customer_id) AS customer_id, coalesce(p.part, s.part) AS part, s.currency,
    CASE WHEN r.customer_id IS NOT NULL THEN coalesce(s.value, 0) END AS value,
    coalesce(s.sample, 0) AS sample, coalesce(s.unknown, 0) AS unknown, coalesce(s.overdue, 0) AS overdue, s.oldest_at, s.ages
  FROM part p
  FULL JOIN summed s ON s.customer_id = p.customer_id AND s.part = p.part
  LEFT JOIN run_read r ON r.customer_id = coalesce(p.customer_id, s.customer_id)
)
SELECT
  a.customer_id, a.part, a.currency, a.value, a.value AS numerator, CAST(NULL AS numeric) AS denominator, a.unknown, a.sample,
  CAST(NULL AS float8) AS low, CAST(NULL AS float8) AS high,
  a.overdue, a.oldest_at, CAST(extract(epoch FROM kpi.as_of() - a.oldest_at) AS float8) AS oldest_seconds,
  a.ages[1] AS half_older_than, a.ages[2] AS tenth_older_than
FROM answer a
ORDER BY a.customer_id, a.part, a.currency NULLS FIRST
