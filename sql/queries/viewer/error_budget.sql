-- B3: how much of the failures that the promised success rate allows is left?
-- grain:   one row per customer and part; a null value without transactions, or on days for which no success rate is agreed
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now, as counted last); by text (null, flow, day, system, workflow)
-- columns: customer_id int; part, currency text; value float8 (1: all of it; negative: overspent); numerator (bad), denominator (valid)
--          numeric; unknown, sample bigint; low, high float8 (every unknown bad, good); beside them budget numeric (the failures allowed, in
--          parts of one), allowed bigint (whole ones), target numeric (null: it changed), without_target bigint (transactions of days without
--          one); and before the period is over expected_valid, expected_budget numeric, expected_left float8 (a projection: the median of
--          the three periods before; null in parts)
-- source:  Google SRE Workbook, "Implementing SLOs"; kpi.budget, kpi.budget_left; the target of each day: terms, sync_success_rate
WITH
-- include: transaction_count
,
-- include: parts
,
-- include: agreed
,
judged AS (
  SELECT
    c.customer_id, CASE WHEN CAST(:by AS text) = 'day' THEN to_char(c.day, 'YYYY-MM-DD') ELSE coalesce(f.part, '') END AS part, a.share,
    c.n_s3 + c.n_failed + c.n_overdue + c.n_missed AS bad, c.n_unknown AS unknown,
    c.n_s1 + c.n_s2 + c.n_s3 + c.n_failed + c.n_overdue + c.n_missed AS valid
  FROM counted c
  JOIN ops.customer e ON e.customer_id = c.customer_id
  LEFT JOIN part_of_flow f ON f.customer_id = c.customer_id AND f.flow_id = c.flow_id
  LEFT JOIN agreed a ON a.customer_id = c.customer_id AND a.metric IN ('sync_success_rate', 'A1')
    AND a.valid_from <= kpi.instant(CAST(c.day AS timestamp), e.time_zone) AND kpi.instant(CAST(c.day AS timestamp), e.time_zone) < a.valid_to
),
summed AS (
  SELECT
    p.customer_id, p.part, coalesce(sum(j.bad) FILTER (WHERE j.share IS NOT NULL), 0) AS bad,
    coalesce(sum(j.valid) FILTER (WHERE j.share IS NOT NULL), 0) AS valid, coalesce(sum(j.unknown) FILTER (WHERE j.share IS NOT NULL), 0) AS unknown,
    coalesce(sum(j.valid) FILTER (WHERE j.share IS NULL), 0) AS without_target, sum(kpi.budget(j.valid, j.share)) AS budget,
    sum(kpi.budget(j.unknown, j.share)) AS more_budget, CASE WHEN min(j.share) = max(j.share) THEN min(j.share) END AS target
  FROM (SELECT p.customer_id, p.part FROM part p UNION SELECT j.customer_id, j.part FROM judged j) p
  LEFT JOIN judged j ON j.customer_id = p.customer_id AND j.part = p.part
  GROUP BY p.customer_id, p.part
),
before AS (
  -- the three periods before: calendar months before a calendar month, stretches of the same length otherwise
  SELECT e.customer_id, n.number,
    CASE WHEN z.is_month THEN (z.first - n.number * interval '1 month') AT TIME ZONE e.time_zone
         ELSE CAST(:since AS timestamptz) - n.number * (CAST(:until AS timestamptz) - CAST(:since AS timestamptz)) END AS since,
    CASE WHEN z.is_month THEN (z.first - (n.number - 1) * interval '1 month') AT TIME ZONE e.time_zone
         ELSE CAST(:since AS timestamptz) - (n.number - 1) * (CAST(:until AS timestamptz) - CAST(:since AS timestamptz)) END AS until
  FROM ops.customer e
  CROSS JOIN LATERAL (
    SELECT CAST(:since AS timestamptz) AT TIME ZONE e.time_zone AS first,
      date_trunc('month', CAST(:since AS timestamptz) AT TIME ZONE e.time_zone) = CAST(:since AS timestamptz) AT TIME ZONE e.time_zone
      AND CAST(:until AS timestamptz) AT TIME ZONE e.time_zone = CAST(:since AS timestamptz) AT TIME ZONE e.time_zone + interval '1 month' AS is_month
  ) z
  CROSS JOIN generate_series(1, 3) n (number)
  WHERE e.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND CAST(:by AS text) IS NULL AND coalesce(CAST(:as_of AS timestamptz), now()) < CAST(:until AS timestamptz)
),
expected AS (
  SELECT v.customer_id, CAST(percentile_cont(0.5) WITHIN GROUP (ORDER BY v.valid) AS numeric) AS valid
  FROM (
    SELECT b.customer_id, b.number, sum(d.n_s1 + d.n_s2 + d.n_s3 + d.n_failed + d.n_overdue + d.n_missed) AS valid
    FROM before b
    JOIN kpi.flow_day d ON d.customer_id = b.customer_id AND d.starts_at >= b.since AND d.starts_at < b.until AND d.flow_id > 0
    GROUP BY b.customer_id, b.number
  ) v
  GROUP BY v.customer_id
)
SELECT
  s.customer_id, s.part, CAST(NULL AS text) AS currency, CAST(kpi.budget_left(s.bad, s.budget) AS float8) AS value,
  CAST(s.bad AS numeric) AS numerator, CAST(s.valid AS numeric) AS denominator, CAST(s.unknown AS bigint) AS unknown, CAST(s.valid AS bigint) AS sample,
  CAST(kpi.budget_left(s.bad + s.unknown, s.budget + s.more_budget) AS float8) AS low,
  CAST(kpi.budget_left(s.bad, s.budget + s.more_budget) AS float8) AS high,
  s.budget, CAST(floor(s.budget) AS bigint) AS allowed, s.target, CAST(s.without_target AS bigint) AS without_target,
  x.valid AS expected_valid, kpi.budget(x.valid, s.target) AS expected_budget,
  CAST(kpi.budget_left(s.bad, kpi.budget(x.valid, s.target)) AS float8) AS expected_left
FROM summed s
LEFT JOIN expected x ON x.customer_id = s.customer_id
ORDER BY s.customer_id, s.part
