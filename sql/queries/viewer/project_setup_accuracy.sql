-- Project setup accuracy: of the projects made in the period, the share that passed every check at the first look.
-- grain:   one row per customer and part by count (currency null), and one more per currency by budget
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (check, account, practice, system, day or
--          null)
-- columns: customer_id int; part, currency text; value float8 (0..1; null: none was judged); numerator (right; by check: passing it),
--          denominator (judged) numeric; unknown, sample bigint; low, high float8 (if every unknown were wrong, or right); pending bigint;
--          unknown_amount numeric
-- source:  metrics.md C3; the joint rule, never the product of the checks' rates
WITH
-- include: setup_audit
,
-- include: account_name
,
-- include: practice_of
,
placed AS (
  SELECT
    j.customer_id, j.outcome, j.amount, j.currency, k.name AS part,
    CASE WHEN CAST(:by AS text) = 'check' AND j.outcome = 'wrong' AND NOT k.name = ANY (j.failed) THEN 'right' ELSE j.outcome END AS verdict
  FROM audit j
  JOIN ops.customer c ON c.customer_id = j.customer_id
  JOIN ops.system y ON y.customer_id = j.customer_id AND y.system_id = j.system_id
  LEFT JOIN account_name a ON a.customer_id = j.customer_id AND a.system_id = j.system_id AND a.ref = j.account_ref
  LEFT JOIN practice_of o ON o.customer_id = j.customer_id AND o.system_id = j.system_id AND o.project_ref = j.project_id
  CROSS JOIN LATERAL (
    SELECT unnest(j.checks) AS name WHERE CAST(:by AS text) = 'check'
    UNION ALL
    SELECT CASE CAST(:by AS text)
      WHEN 'account' THEN coalesce(a.name, j.account_ref, '(none)')
      WHEN 'practice' THEN coalesce(o.practice, '(no practice)')
      WHEN 'system' THEN y.key
      WHEN 'day' THEN to_char(j.made_at AT TIME ZONE c.time_zone, 'YYYY-MM-DD')
      ELSE ''
    END
    WHERE CAST(:by AS text) IS DISTINCT FROM 'check'
  ) k
),
counted AS (
  SELECT
    p.customer_id, p.part, m.currency,
    coalesce(sum(m.weight) FILTER (WHERE p.verdict = 'right'), 0) AS good,
    coalesce(sum(m.weight) FILTER (WHERE p.verdict IN ('right', 'wrong')), 0) AS judged,
    coalesce(sum(m.weight) FILTER (WHERE p.verdict = 'unknown'), 0) AS doubt,
    count(*) FILTER (WHERE p.verdict = 'unknown' OR m.weight IS NULL AND p.verdict <> 'pending') AS unknown,
    count(*) FILTER (WHERE p.verdict IN ('right', 'wrong') AND m.weight IS NOT NULL) AS sample,
    count(*) FILTER (WHERE p.verdict = 'pending') AS pending
  FROM placed p
  CROSS JOIN LATERAL (
    SELECT CAST(NULL AS text) AS currency, CAST(1 AS numeric) AS weight
    UNION ALL
    SELECT p.currency, p.amount WHERE p.currency IS NOT NULL
  ) m
  GROUP BY p.customer_id, p.part, m.currency
)
SELECT
  a.customer_id, a.part, a.currency, CASE WHEN n.judged > 0 THEN CAST(n.good / n.judged AS float8) END AS value,
  coalesce(n.good, 0) AS numerator, coalesce(n.judged, 0) AS denominator, coalesce(n.unknown, 0) AS unknown, coalesce(n.sample, 0) AS sample,
  CASE WHEN n.judged + n.doubt > 0 THEN CAST(n.good / (n.judged + n.doubt) AS float8) END AS low,
  CASE WHEN n.judged + n.doubt > 0 THEN CAST((n.good + n.doubt) / (n.judged + n.doubt) AS float8) END AS high,
  coalesce(n.pending, 0) AS pending, coalesce(n.doubt, 0) AS unknown_amount
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
