-- The one instant at which work is looked at: the end of the period, or now.
-- expects: params customer_ids int[]; since, until, as_of timestamptz (as_of null: now)
-- gives:   cut, one row per customer: time_zone, cut text (''), at, alive_at timestamptz, as the fragment work_standing wants it
-- source:  [ours]
cut AS (
  SELECT c.customer_id, c.time_zone, '' AS cut, v.at, v.at AS alive_at
  FROM ops.customer c
  CROSS JOIN LATERAL (
    SELECT least(CAST(:until AS timestamptz), coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond') AS at
  ) v
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[])) AND CAST(:since AS timestamptz) < CAST(:until AS timestamptz)
)
