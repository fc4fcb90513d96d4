-- Up to when a period is looked at: to its end, or to now.
-- expects: parameters customer_ids int[]; since, until, as_of timestamptz (as_of null: now)
-- gives:   cut (customer_id int, time_zone text, since, at timestamptz), one row per customer: what happened at `at` or later has not happened
cut AS (
  SELECT
    c.customer_id, c.time_zone, CAST(:since AS timestamptz) AS since,
    least(CAST(:until AS timestamptz), coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond') AS at
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
)
