-- D4: how many minutes of people do 1,000 transactions take?
-- grain:   one row per customer and part; where nobody logged anything, or nothing came due, the value is null
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now, as counted last); by text (null, flow, workflow, month)
-- columns: customer_id int; part, currency text; value float8 (minutes); numerator (minutes logged), denominator (valid transactions, in
--          thousands; null: nobody logged anything) numeric; unknown bigint (exceptions that people worked on and logged nothing); sample
--          bigint (entries); low, high float8 (null); transactions numeric (valid ones)
-- source:  metrics.md D4 (fragment effort); transactions as in A1. Nothing logged is unknown, never 0
WITH
-- include: transaction_count
,
-- include: parts
,
-- include: transaction_sum
,
-- include: effort
,
entry AS (
  SELECT e.customer_id, e.exception_id, e.at, e.minutes FROM effort e
  UNION ALL
  SELECT u.customer_id, u.exception_id, u.at, NULL FROM unlogged u
),
worked AS (
  SELECT
    e.customer_id,
    CASE CAST(:by AS text)
      WHEN 'month' THEN to_char(e.at AT TIME ZONE c.time_zone, 'YYYY-MM')
      WHEN 'flow' THEN coalesce(f.part, '(no flow)')
      WHEN 'workflow' THEN coalesce(f.part, '(no flow)')
      ELSE ''
    END AS part,
    sum(e.minutes) AS minutes, count(e.minutes) AS entries, count(*) FILTER (WHERE e.minutes IS NULL) AS unlogged
  FROM entry e
  JOIN ops.customer c ON c.customer_id = e.customer_id
  JOIN ops.exception x ON x.customer_id = e.customer_id AND x.exception_id = e.exception_id
  LEFT JOIN part_of_flow f ON f.customer_id = x.customer_id AND f.flow_id = x.flow_id
  GROUP BY 1, 2
)
SELECT
  coalesce(r.customer_id, w.customer_id) AS customer_id, coalesce(r.part, w.part) AS part, CAST(NULL AS text) AS currency,
  CAST(w.minutes * 1000 AS float8) / nullif(CAST(r.valid AS float8), 0) AS value, w.minutes AS numerator,
  CASE WHEN w.minutes IS NOT NULL AND r.valid > 0 THEN r.valid / CAST(1000 AS numeric) END AS denominator,
  coalesce(w.unlogged, 0) AS unknown, coalesce(w.entries, 0) AS sample,
  CAST(NULL AS float8) AS low, CAST(NULL AS float8) AS high, CAST(coalesce(r.valid, 0) AS numeric) AS transactions
FROM summed r
FULL JOIN worked w ON w.customer_id = r.customer_id AND w.part = r.part
WHERE current_setting('app.staff', true) = 'on'
ORDER BY 1, 2
