-- Project margin: of what client projects earned in the period, the share that is left after what they cost.
-- grain:   one row per customer, part and currency; a customer whose projects earned and cost nothing has one row with a null value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (project, practice, account, basis, system or null)
-- columns: customer_id int; part, currency text; value float8 (null: no revenue, or less than none); numerator (revenue less cost), denominator
--          (revenue) numeric; unknown, sample bigint (projects); low, high float8 (null); cost numeric; losing bigint (projects that cost more
--          than they earned); is_provisional boolean (the period ended less than 10 days ago, or has not)
-- source:  metrics.md C15: a ratio of sums; an unknown project is on neither side
WITH
-- include: look
,
-- include: margin
,
-- include: work_name
,
-- include: practice_of
,
placed AS (
  SELECT
    m.*,
    CASE CAST(:by AS text)
      WHEN 'basis' THEN m.basis
      ELSE coalesce(kpi.work_part(CAST(:by AS text), m.system_id, m.project_ref, m.account_ref, o.practice), '')
    END AS part
  FROM margin m
  LEFT JOIN practice_of o ON o.customer_id = m.customer_id AND o.system_id = m.system_id AND o.project_ref = m.project_ref
),
counted AS (
  SELECT
    p.customer_id, p.part, CASE WHEN NOT p.is_unknown THEN p.currency END AS currency, coalesce(sum(p.revenue) FILTER (WHERE NOT p.is_unknown), 0) AS revenue,
    coalesce(sum(p.cost) FILTER (WHERE NOT p.is_unknown), 0) AS cost, count(*) FILTER (WHERE p.is_unknown) AS unknown,
    count(*) FILTER (WHERE NOT p.is_unknown) AS sample, count(*) FILTER (WHERE NOT p.is_unknown AND p.cost > p.revenue) AS losing
  FROM placed p
  GROUP BY p.customer_id, p.part, CASE WHEN NOT p.is_unknown THEN p.currency END
  UNION ALL
  SELECT k.customer_id, '', NULL, NULL, NULL, 0, 0, 0
  FROM look k
  WHERE CAST(:by AS text) IS NULL AND NOT EXISTS (SELECT FROM margin m WHERE m.customer_id = k.customer_id)
)
SELECT
  a.customer_id,
  kpi.part_name(CAST(:by AS text), a.part, n.name) AS part,
  a.currency, CASE WHEN a.revenue > 0 THEN CAST((a.revenue - a.cost) / a.revenue AS float8) END AS value,
  CASE WHEN a.currency IS NOT NULL THEN a.revenue - a.cost END AS numerator, CASE WHEN a.currency IS NOT NULL THEN a.revenue END AS denominator,
  a.unknown, a.sample, CAST(NULL AS float8) AS low, CAST(NULL AS float8) AS high, a.cost, a.losing, k.at < CAST(:until AS timestamptz) + interval '10 days' AS is_provisional
FROM counted a
JOIN look k ON k.customer_id = a.customer_id
LEFT JOIN work_name n ON n.customer_id = a.customer_id AND n.system_id || ' ' || n.ref = a.part
ORDER BY customer_id, part, currency
