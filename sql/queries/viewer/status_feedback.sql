-- Status feedback: of the invoices issued in the period, the share whose state CRM and PSA know as billing or ERP has it.
-- grain:   one row per customer and part by count (currency null), and one more per currency by net value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (system: the one that should know, day or null)
-- columns: customer_id int; part, currency text; value float8 (0..1; null: none could be judged); numerator (returned), denominator (judged)
--          numeric; unknown, sample bigint; low, high float8 (if every unknown were wrong, or right); different, missing, pending bigint;
--          unknown_amount numeric
-- source:  metrics.md C17
WITH
-- include: status_feedback
,
counted AS (
  SELECT
    f.customer_id, p.part, m.currency,
    coalesce(sum(m.weight) FILTER (WHERE f.outcome = 'returned'), 0) AS good,
    coalesce(sum(m.weight) FILTER (WHERE f.outcome IN ('returned', 'different', 'missing')), 0) AS judged,
    coalesce(sum(m.weight) FILTER (WHERE f.outcome = 'unknown'), 0) AS doubt,
    count(*) FILTER (WHERE f.outcome = 'unknown' OR m.weight IS NULL AND f.outcome <> 'pending') AS unknown,
    count(*) FILTER (WHERE f.outcome IN ('returned', 'different', 'missing') AND m.weight IS NOT NULL) AS sample,
    count(*) FILTER (WHERE f.outcome = 'different') AS different, count(*) FILTER (WHERE f.outcome = 'missing') AS missing,
    count(*) FILTER (WHERE f.outcome = 'pending') AS pending
  FROM feedback f
  JOIN ops.customer c ON c.customer_id = f.customer_id
  CROSS JOIN LATERAL (
    SELECT CASE CAST(:by AS text) WHEN 'system' THEN f.told_key WHEN 'day' THEN to_char(f.posted_at AT TIME ZONE c.time_zone, 'YYYY-MM-DD') ELSE '' END AS part
  ) p
  CROSS JOIN LATERAL (
    SELECT CAST(NULL AS text) AS currency, CAST(1 AS numeric) AS weight
    UNION ALL
    SELECT f.currency, f.net WHERE f.currency IS NOT NULL
  ) m
  GROUP BY f.customer_id, p.part, m.currency
)
SELECT
  a.customer_id, a.part, a.currency, CASE WHEN n.judged > 0 THEN CAST(n.good / n.judged AS float8) END AS value,
  coalesce(n.good, 0) AS numerator, coalesce(n.judged, 0) AS denominator, coalesce(n.unknown, 0) AS unknown, coalesce(n.sample, 0) AS sample,
  CASE WHEN n.judged + n.doubt > 0 THEN CAST(n.good / (n.judged + n.doubt) AS float8) END AS low,
  CASE WHEN n.judged + n.doubt > 0 THEN CAST((n.good + n.doubt) / (n.judged + n.doubt) AS float8) END AS high,
  coalesce(n.different, 0) AS different, coalesce(n.missing, 0) AS missing, coalesce(n.pending, 0) AS pending,
  coalesce(n.doubt, 0) AS unknown_amount
FROM (
  SELECT c.customer_id, '' AS part, CAST(NULL AS text) AS currency
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[])) AND CAST(:by AS text) IS NULL
  UNION
  SELECT n.customer_id, n.part, n.currency
  FROM counted n
) a
LEFT JOIN counted n ON n.customer_id = a.customer_id AND n.part = a.part AND n.currency IS NOT DISTINCT FROM a.currency
ORDER BY customer_id, part, currency NULLS FIRST
