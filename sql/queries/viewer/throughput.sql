-- A9: how many transactions are finished in an hour?
-- grain:   one row per customer and part
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now, as counted last); by text (null, flow, day, system, workflow)
-- columns: customer_id int; part, currency text; value float8 (for each hour that has passed; null: none has); numerator
--          (transactions finished), denominator (hours) numeric; unknown, sample bigint; low, high float8 (null); beside
--          them records (accepted) bigint, records_per_hour float8
-- source:  metrics.md A9, by the hour of the decision. Work that never ran (O⁺, M) did not pass through and is left out
WITH
-- include: finished_count
,
-- include: parts
,
summed AS (
  SELECT
    coalesce(p.customer_id, g.customer_id) AS customer_id, coalesce(p.part, g.part) AS part,
    coalesce(g.n, 0) AS n, coalesce(g.records, 0) AS records
  FROM part p
  FULL JOIN (
    SELECT
      c.customer_id, CASE WHEN CAST(:by AS text) = 'day' THEN to_char(c.day, 'YYYY-MM-DD') ELSE f.part END AS part,
      sum(c.n) AS n, sum(c.records_ok) AS records
    FROM counted c
    JOIN part_of_flow f ON f.customer_id = c.customer_id AND f.flow_id = c.flow_id
    GROUP BY 1, 2
  ) g ON g.customer_id = p.customer_id AND g.part = p.part
),
timed AS (
  SELECT
    s.customer_id, s.part, s.n, s.records,
    extract(epoch FROM greatest(
      least(CASE WHEN CAST(:by AS text) = 'day' THEN kpi.instant(CAST(s.part AS date) + interval '1 day', c.time_zone) END,
            CAST(:until AS timestamptz), coalesce(CAST(:as_of AS timestamptz), now()))
      - greatest(CASE WHEN CAST(:by AS text) = 'day' THEN kpi.instant(CAST(CAST(s.part AS date) AS timestamp), c.time_zone) END,
                 CAST(:since AS timestamptz)), interval '0')) / 3600 AS hours
  FROM summed s
  JOIN ops.customer c ON c.customer_id = s.customer_id
)
SELECT
  t.customer_id, t.part, CAST(NULL AS text) AS currency,
  CAST(t.n / nullif(t.hours, 0) AS float8) AS value,
  CAST(t.n AS numeric) AS numerator, CAST(t.hours AS numeric) AS denominator,
  CAST(0 AS bigint) AS unknown, CAST(t.n AS bigint) AS sample,
  CAST(NULL AS float8) AS low, CAST(NULL AS float8) AS high,
  CAST(t.records AS bigint) AS records, CAST(t.records / nullif(t.hours, 0) AS float8) AS records_per_hour
FROM timed t
ORDER BY t.customer_id, t.part
