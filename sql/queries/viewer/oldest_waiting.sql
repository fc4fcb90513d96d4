-- A10b: how long has the oldest transaction waited that was due and not done at the end of the period?
-- grain:   one row per customer and part; 0 when nothing waits, null when its runs were never read
-- params:  customer_ids int[]; since, until, as_of timestamptz (looked at from kpi.as_of()); by text (null, flow, system, workflow)
-- columns: customer_id int; part, currency text; value float8 (seconds); numerator, denominator numeric (null); unknown, sample bigint;
--          low, high float8 (null); beside them oldest_at timestamptz, overdue bigint
-- source:  metrics.md A10; fragment open_transaction
WITH
-- include: open_transaction
,
-- include: parts
,
summed AS (
  SELECT t.customer_id, f.part, count(*) AS sample, count(*) FILTER (WHERE t.outcome = 'O+') AS overdue, max(t.age_seconds) AS age, min(t.t0) AS oldest_at
  FROM open_transaction t
  JOIN part_of_flow f ON f.customer_id = t.customer_id AND f.flow_id = t.flow_id
  GROUP BY t.customer_id, f.part
)
SELECT
  coalesce(p.customer_id, s.customer_id) AS customer_id, coalesce(p.part, s.part) AS part, CAST(NULL AS text) AS currency,
  CASE WHEN r.customer_id IS NOT NULL THEN coalesce(s.age, 0) END AS value,
  CAST(NULL AS numeric) AS numerator, CAST(NULL AS numeric) AS denominator, CAST(0 AS bigint) AS unknown, coalesce(s.sample, 0) AS sample,
  CAST(NULL AS float8) AS low, CAST(NULL AS float8) AS high, s.oldest_at, coalesce(s.overdue, 0) AS overdue
FROM part p
FULL JOIN summed s ON s.customer_id = p.customer_id AND s.part = p.part
LEFT JOIN run_read r ON r.customer_id = coalesce(p.customer_id, s.customer_id)
ORDER BY 1, 2
