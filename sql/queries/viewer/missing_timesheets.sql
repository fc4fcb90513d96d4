-- Missing timesheets: of the days on which people should have worked, the share for which nothing was entered.
-- grain:   one row per customer and part; a customer without people has one row with a null value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (system, day or null)
-- columns: customer_id int; part, currency text (null); value float8 (0..1; null: no day was judged); numerator (missing), denominator
--          (judged) numeric; unknown, sample bigint (person-days); low, high float8 (if every unknown one was entered, or is missing); pending,
--          people bigint (with a missing day)
-- source:  metrics.md C9; attributed to the day
WITH
-- include: look
,
-- include: capacity
,
-- include: expected_day
,
counted AS (
  SELECT
    d.customer_id, x.part, count(*) FILTER (WHERE d.outcome = 'missing') AS missing,
    count(*) FILTER (WHERE d.outcome IN ('missing', 'entered')) AS judged, count(*) FILTER (WHERE d.outcome = 'unknown') AS unknown,
    count(*) FILTER (WHERE d.outcome = 'pending') AS pending,
    count(DISTINCT (d.system_id, d.person_id)) FILTER (WHERE d.outcome = 'missing') AS people
  FROM expected_day d
  JOIN ops.system y ON y.customer_id = d.customer_id AND y.system_id = d.system_id
  CROSS JOIN LATERAL (
    SELECT CASE CAST(:by AS text) WHEN 'system' THEN y.key WHEN 'day' THEN to_char(d.day, 'YYYY-MM-DD') ELSE '' END AS part
  ) x
  GROUP BY d.customer_id, x.part
)
SELECT
  a.customer_id, a.part, CAST(NULL AS text) AS currency, CASE WHEN n.judged > 0 THEN CAST(n.missing AS float8) / n.judged END AS value,
  CAST(coalesce(n.missing, 0) AS numeric) AS numerator, CAST(coalesce(n.judged, 0) AS numeric) AS denominator, coalesce(n.unknown, 0) AS unknown,
  coalesce(n.judged, 0) AS sample, CASE WHEN n.judged + n.unknown > 0 THEN CAST(n.missing AS float8) / (n.judged + n.unknown) END AS low,
  CASE WHEN n.judged + n.unknown > 0 THEN CAST(n.missing + n.unknown AS float8) / (n.judged + n.unknown) END AS high,
  coalesce(n.pending, 0) AS pending, coalesce(n.people, 0) AS people
FROM (
  SELECT k.customer_id, '' AS part
  FROM look k
  WHERE CAST(:by AS text) IS NULL
  UNION
  SELECT n.customer_id, n.part
  FROM counted n
) a
LEFT JOIN counted n ON n.customer_id = a.customer_id AND n.part = a.part
ORDER BY customer_id, part
