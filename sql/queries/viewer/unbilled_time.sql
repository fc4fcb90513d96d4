-- Unbilled time: what approved and billable work that is on no bill is worth, at the end of the period.
-- grain:   one row per customer, part and currency, never summed across currencies; work of unknown value has a row without currency;
--          a customer whose work is all billed has a row with 0, one that never had billable work a null
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (pool, age, account, project, practice,
--          system, day or null)
-- columns: customer_id int; part, currency text; value, numerator numeric (money), denominator numeric (null); unknown bigint (work
--          without a rate, or with a bill or an approval that nobody could read); sample bigint (pieces of work); low, high float8
--          (null); hours numeric
-- source:  metrics.md C7; pools: sources.md B2.5
WITH
-- include: work_cut
,
-- include: work_standing
,
-- include: work_pool
,
-- include: practice_of
,
placed AS (
  -- which part is on no bill, and in which part nobody knows; the pools are worked out only where they are asked for
  SELECT
    s.customer_id, s.currency,
    CASE CAST(:by AS text)
      WHEN 'age' THEN CASE WHEN a.days <= 30 THEN '0-30' WHEN a.days <= 60 THEN '31-60' WHEN a.days <= 90 THEN '61-90' ELSE '91+' END
      ELSE coalesce(kpi.work_part(CAST(:by AS text), s.system_id, s.project_ref, s.account_ref, o.practice), s.cut)
    END AS part,
-- include: work_unbilled
  FROM standing s
  JOIN ops.customer c ON c.customer_id = s.customer_id
  LEFT JOIN practice_of o ON o.customer_id = s.customer_id AND o.system_id = s.system_id AND o.project_ref = s.project_ref
  CROSS JOIN LATERAL (
    SELECT CASE WHEN CAST(:by AS text) = 'age'
      THEN CAST((s.cut_at - interval '1 microsecond') AT TIME ZONE c.time_zone AS date) - s.worked_on END AS days
  ) a
  WHERE CAST(:by AS text) IS DISTINCT FROM 'pool' AND s.billed < 1 AND (s.stage IN ('approved', 'unknown') OR s.stage <> 'left' AND s.unknown > 0)
  UNION ALL
  SELECT q.customer_id, q.currency, q.pool, q.is_unbilled, NOT q.is_unbilled, q.amount, q.hours
  FROM pool q
  WHERE CAST(:by AS text) = 'pool' AND (q.is_unbilled OR q.pool = 'unknown')
),
stock AS MATERIALIZED (
  SELECT
    p.customer_id, p.part, p.currency, sum(p.amount) FILTER (WHERE p.is_unbilled) AS value,
    count(*) FILTER (WHERE p.is_unknown OR p.is_unbilled AND p.amount IS NULL) AS unknown,
    count(*) FILTER (WHERE p.is_unbilled AND p.amount IS NOT NULL) AS sample,
    coalesce(sum(p.hours) FILTER (WHERE p.is_unbilled), 0) AS hours
  FROM placed p
  GROUP BY p.customer_id, p.part, p.currency
),
-- include: work_name
,
-- the rows that are there even when nothing waits
expected AS MATERIALIZED (
  SELECT c.customer_id, c.cut AS part, CAST(k.currency AS text) AS currency
  FROM cut c
  LEFT JOIN (
    SELECT w.customer_id, w.currency, min(w.opens_at) AS first_at
    FROM kpi.work w
    WHERE w.customer_id = ANY (CAST(:customer_ids AS int[]))
    GROUP BY w.customer_id, w.currency
  ) k ON k.customer_id = c.customer_id AND k.first_at < c.at
  WHERE coalesce(CAST(:by AS text), 'day') = 'day'
  UNION
  SELECT s.customer_id, s.part, s.currency
  FROM stock s
)
SELECT
  e.customer_id,
  kpi.part_name(CAST(:by AS text), e.part, n.name) AS part,
  e.currency,
  CASE WHEN s.value IS NOT NULL THEN s.value WHEN coalesce(s.unknown, 0) = 0 AND e.currency IS NOT NULL THEN 0 END AS value,
  CASE WHEN s.value IS NOT NULL THEN s.value WHEN coalesce(s.unknown, 0) = 0 AND e.currency IS NOT NULL THEN 0 END AS numerator,
  CAST(NULL AS numeric) AS denominator,
  coalesce(s.unknown, 0) AS unknown, coalesce(s.sample, 0) AS sample, CAST(NULL AS float8) AS low, CAST(NULL AS float8) AS high,
  coalesce(s.hours, 0) AS hours
FROM expected e
LEFT JOIN stock s ON s.customer_id = e.customer_id AND s.part = e.part AND s.currency IS NOT DISTINCT FROM e.currency
LEFT JOIN work_name n ON n.customer_id = e.customer_id AND n.system_id || ' ' || n.ref = e.part
-- a row without currency has something to say only when there is no other, or work of unknown value
WHERE e.currency IS NOT NULL OR s.unknown > 0
   OR NOT EXISTS (SELECT FROM expected o WHERE o.customer_id = e.customer_id AND o.part = e.part AND o.currency IS NOT NULL)
ORDER BY customer_id, part, currency
