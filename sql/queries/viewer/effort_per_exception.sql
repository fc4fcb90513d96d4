-- D4b: how many minutes of people does an exception take that somebody works on?
-- grain:   one row per customer and part; where nobody logged anything the value is null
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (null, class, rule, flow, workflow or system)
-- columns: customer_id int; part, currency text; value float8 (minutes); numerator (minutes logged), denominator (exceptions with any)
--          numeric; unknown bigint (exceptions that people worked on and logged nothing); sample bigint; low, high float8 (null);
--          still_open bigint (of those with minutes: what is logged of them can still grow)
-- source:  metrics.md D4 (fragment effort)
WITH
-- include: effort
,
subject AS (
  SELECT x.customer_id, x.exception_id, x.class, x.rule, x.flow_id, x.system_id, x.closed_at, e.minutes, CAST(NULL AS text) AS place
  FROM (
    SELECT e.customer_id, e.exception_id, sum(e.minutes) AS minutes FROM effort e GROUP BY e.customer_id, e.exception_id
    UNION ALL
    SELECT u.customer_id, u.exception_id, NULL FROM unlogged u
  ) e
  JOIN ops.exception x ON x.customer_id = e.customer_id AND x.exception_id = e.exception_id
),
-- include: exception_part
SELECT
  p.customer_id, p.part, CAST(NULL AS text) AS currency, CAST(sum(w.minutes) AS float8) / nullif(count(w.minutes), 0) AS value,
  sum(w.minutes) AS numerator, CAST(nullif(count(w.minutes), 0) AS numeric) AS denominator,
  count(w.customer_id) FILTER (WHERE w.minutes IS NULL) AS unknown, count(w.minutes) AS sample,
  CAST(NULL AS float8) AS low, CAST(NULL AS float8) AS high,
  count(w.minutes) FILTER (WHERE w.closed_at IS NULL OR w.closed_at > coalesce(CAST(:as_of AS timestamptz), kpi.as_of())) AS still_open
FROM part p
LEFT JOIN placed w ON w.customer_id = p.customer_id AND w.part = p.part
WHERE current_setting('app.staff', true) = 'on'
GROUP BY p.customer_id, p.part
ORDER BY p.customer_id, p.part
