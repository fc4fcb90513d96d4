-- D6: how many troubles were made more urgent by a person, or told to the next in line?
-- grain:   one row per customer and part; a customer whose queue was never looked into has a null value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (null, class, rule, flow, workflow or system)
-- columns: customer_id int; part, currency text; value, numerator numeric (exceptions, and alerts without one), denominator numeric (null); unknown, sample bigint;
--          low, high float8 (null)
-- source:  product.md, KPI 32 (fragment raised)
WITH
-- include: raised
,
-- include: exception_part
,
-- include: exception_read
SELECT
  p.customer_id, p.part, CAST(NULL AS text) AS currency,
  CASE WHEN min(l.customer_id) IS NOT NULL THEN CAST(count(x.customer_id) AS numeric) END AS value,
  CASE WHEN min(l.customer_id) IS NOT NULL THEN CAST(count(x.customer_id) AS numeric) END AS numerator,
  CAST(NULL AS numeric) AS denominator, CAST(0 AS bigint) AS unknown, count(x.customer_id) AS sample,
  CAST(NULL AS float8) AS low, CAST(NULL AS float8) AS high
FROM part p
LEFT JOIN exception_read l ON l.customer_id = p.customer_id
LEFT JOIN placed x ON x.customer_id = p.customer_id AND x.part = p.part
WHERE current_setting('app.staff', true) = 'on'
GROUP BY p.customer_id, p.part
ORDER BY p.customer_id, p.part
