-- Delivery backlog: what of the budgets of running projects is still to be worked.
-- grain:   one row per customer and part by projects with something left (currency null), and one more per currency by value; a customer
--          without running projects has one row with a null value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (account, project, practice, system or null)
-- columns: customer_id int; part, currency text; value, numerator numeric (projects, or money); denominator numeric (null); unknown, sample
--          bigint (projects); low, high float8 (if no unknown one had anything left, or every one; null by money); left_hours numeric (of
--          budgets in hours); overdue bigint (with something left after their end)
-- source:  [ours] sold and not delivered, as of the end of the period
WITH
look AS (
  SELECT c.customer_id, c.time_zone, least(CAST(:until AS timestamptz), coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond') AS at
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[])) AND CAST(:since AS timestamptz) < CAST(:until AS timestamptz)
),
-- include: delivery
,
-- include: work_name
,
-- include: practice_of
,
placed AS (
  SELECT
    d.*, d.ends_on < CAST((k.at - interval '1 microsecond') AT TIME ZONE k.time_zone AS date) AS is_over,
    coalesce(kpi.work_part(CAST(:by AS text), d.system_id, d.project_id, d.account_ref, o.practice), '') AS part
  FROM delivery d
  JOIN look k ON k.customer_id = d.customer_id
  LEFT JOIN practice_of o ON o.customer_id = d.customer_id AND o.system_id = d.system_id AND o.project_ref = d.project_id
),
counted AS (
  SELECT
    p.customer_id, p.part, CAST(NULL AS text) AS currency, CAST(count(*) FILTER (WHERE p.outcome = 'to deliver') AS numeric) AS value,
    count(*) FILTER (WHERE p.outcome = 'unknown') AS unknown, count(*) FILTER (WHERE p.outcome <> 'unknown') AS sample,
    coalesce(sum(p.left_hours) FILTER (WHERE p.outcome = 'to deliver'), 0) AS left_hours,
    count(*) FILTER (WHERE p.outcome = 'to deliver' AND p.is_over) AS overdue
  FROM placed p
  GROUP BY p.customer_id, p.part
  UNION ALL
  SELECT
    p.customer_id, p.part, p.currency, sum(p.left_amount) FILTER (WHERE p.outcome = 'to deliver'), 0, count(*),
    coalesce(sum(p.left_hours) FILTER (WHERE p.outcome = 'to deliver'), 0), count(*) FILTER (WHERE p.outcome = 'to deliver' AND p.is_over)
  FROM placed p
  WHERE p.left_amount IS NOT NULL AND p.outcome <> 'unknown'
  GROUP BY p.customer_id, p.part, p.currency
)
SELECT
  a.customer_id,
  kpi.part_name(CAST(:by AS text), a.part, n.name) AS part,
  a.currency, CASE WHEN c.currency IS NOT NULL THEN coalesce(c.value, 0) WHEN c.sample > 0 THEN c.value END AS value,
  CASE WHEN c.currency IS NOT NULL THEN coalesce(c.value, 0) WHEN c.sample > 0 THEN c.value END AS numerator, CAST(NULL AS numeric) AS denominator,
  coalesce(c.unknown, 0) AS unknown, coalesce(c.sample, 0) AS sample,
  CASE WHEN a.currency IS NULL AND c.sample + c.unknown > 0 THEN CAST(c.value AS float8) END AS low,
  CASE WHEN a.currency IS NULL AND c.sample + c.unknown > 0 THEN CAST(c.value + c.unknown AS float8) END AS high,
  coalesce(c.left_hours, 0) AS left_hours, coalesce(c.overdue, 0) AS overdue
FROM (
  SELECT k.customer_id, '' AS part, CAST(NULL AS text) AS currency
  FROM look k
  WHERE CAST(:by AS text) IS NULL
  UNION
  SELECT c.customer_id, c.part, c.currency
  FROM counted c
) a
LEFT JOIN counted c ON c.customer_id = a.customer_id AND c.part = a.part AND c.currency IS NOT DISTINCT FROM a.currency
LEFT JOIN work_name n ON n.customer_id = a.customer_id AND n.system_id || ' ' || n.ref = a.part
ORDER BY customer_id, part, currency NULLS FIRST
