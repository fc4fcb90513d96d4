-- Own work: how many hours the customer's own people logged on manual entry, rework and finance.
-- grain:   one row per customer and part; null where the settings do not say how it is logged, or time was never read
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (kind, system, month or null)
-- columns: customer_id int; part, currency text; value, numerator numeric (hours), denominator numeric (null); unknown bigint (kinds that no setting
--          names); sample bigint (time entries); low, high float8 (null)
-- source:  product.md, KPIs 27, 30 and 34 (fragment own_work). An entry of two kinds counts once in the total and once in each
WITH
-- include: own_work
,
time_read AS (
  SELECT k.customer_id FROM kpi.stream_read k WHERE k.customer_id = ANY (CAST(:customer_ids AS int[])) AND k.object = 'time_entry'
  UNION
  SELECT c.customer_id
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[])) AND EXISTS (SELECT FROM biz.time_entry t WHERE t.customer_id = c.customer_id)
),
placed AS (
  SELECT o.customer_id, v.part, o.hours
  FROM own_work o
  LEFT JOIN ops.system y ON y.customer_id = o.customer_id AND y.system_id = o.system_id
  CROSS JOIN LATERAL unnest(CASE CAST(:by AS text)
    WHEN 'kind' THEN o.kinds
    WHEN 'system' THEN ARRAY[y.key]
    WHEN 'month' THEN ARRAY[to_char(o.worked_on, 'YYYY-MM')]
    ELSE ARRAY['']
  END) v (part)
),
part AS (
  SELECT k.customer_id, k.kind AS part, k.is_named, CAST(NOT k.is_named AS int) AS unnamed FROM own_kind k WHERE CAST(:by AS text) = 'kind'
  UNION ALL
  SELECT k.customer_id, '', bool_or(k.is_named), CAST(count(*) FILTER (WHERE NOT k.is_named) AS int)
  FROM own_kind k
  WHERE CAST(:by AS text) IS NULL
  GROUP BY k.customer_id
  UNION ALL
  SELECT DISTINCT p.customer_id, p.part, true, 0 FROM placed p WHERE CAST(:by AS text) IN ('system', 'month')
),
summed AS (
  SELECT p.customer_id, p.part, sum(p.hours) AS hours, count(*) AS n FROM placed p GROUP BY p.customer_id, p.part
)
SELECT
  a.customer_id, a.part, CAST(NULL AS text) AS currency, v.hours AS value, v.hours AS numerator, CAST(NULL AS numeric) AS denominator,
  CAST(a.unnamed AS bigint) AS unknown, coalesce(s.n, 0) AS sample, CAST(NULL AS float8) AS low, CAST(NULL AS float8) AS high
FROM part a
LEFT JOIN summed s ON s.customer_id = a.customer_id AND s.part = a.part
LEFT JOIN time_read r ON r.customer_id = a.customer_id
CROSS JOIN LATERAL (SELECT CASE WHEN a.is_named AND r.customer_id IS NOT NULL THEN round(coalesce(s.hours, 0), 4) END AS hours) v
ORDER BY a.customer_id, a.part
