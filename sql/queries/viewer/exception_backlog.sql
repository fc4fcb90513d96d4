-- A13: how many transactions and records were in trouble at the end of the period?
-- grain:   one row per customer and part; 0 when nothing is open, null for a customer of whom nothing was ever read
-- params:  customer_ids int[]; since, until, as_of timestamptz (looked at from kpi.as_of()); by text (class, rule, flow, workflow, system, project,
--          practice or null)
-- columns: customer_id int; part, currency text; value, numerator numeric; denominator numeric (null); unknown, sample bigint; low, high
--          float8 (null); beside them causes, severe (of severity 1 or 2), up_to_1_day, up_to_7_days, up_to_30_days, older bigint;
--          oldest_at timestamptz; oldest_seconds float8
-- source:  metrics.md A13; fragment exception_life. What a person waived is not open
WITH
look AS (
  SELECT c.customer_id, kpi.as_of() + interval '1 microsecond' AS at FROM ops.customer c WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
),
-- include: exception_life
,
in_trouble AS (SELECT x.*, kpi.as_of() - x.occurred_at AS age FROM life x WHERE x.cause = 0),
-- include: trouble_subject
,
-- include: exception_part
SELECT
  p.customer_id, p.part, CAST(NULL AS text) AS currency,
  CASE WHEN min(r.customer_id) IS NOT NULL THEN CAST(count(s.customer_id) AS numeric) END AS value,
  CASE WHEN min(r.customer_id) IS NOT NULL THEN CAST(count(s.customer_id) AS numeric) END AS numerator,
  CAST(NULL AS numeric) AS denominator, CAST(0 AS bigint) AS unknown, count(s.customer_id) AS sample,
  CAST(NULL AS float8) AS low, CAST(NULL AS float8) AS high,
  count(DISTINCT s.exception_id) AS causes, count(s.customer_id) FILTER (WHERE s.severity <= 2) AS severe,
  count(s.customer_id) FILTER (WHERE s.age <= interval '1 day') AS up_to_1_day,
  count(s.customer_id) FILTER (WHERE s.age > interval '1 day' AND s.age <= interval '7 days') AS up_to_7_days,
  count(s.customer_id) FILTER (WHERE s.age > interval '7 days' AND s.age <= interval '30 days') AS up_to_30_days,
  count(s.customer_id) FILTER (WHERE s.age > interval '30 days') AS older,
  min(s.occurred_at) AS oldest_at, CAST(extract(epoch FROM max(s.age)) AS float8) AS oldest_seconds
FROM part p
LEFT JOIN exception_read r ON r.customer_id = p.customer_id
LEFT JOIN placed s ON s.customer_id = p.customer_id AND s.part = p.part
GROUP BY p.customer_id, p.part
ORDER BY p.customer_id, p.part
