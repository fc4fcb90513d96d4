-- From which instant each customer is looked at.
-- expects: params customer_ids int[]; as_of timestamptz (null: now)
-- gives:   look, one row per customer: time_zone text; at timestamptz: what happened at or after it has not happened yet
-- source:  [ours]
look AS (
  SELECT c.customer_id, c.time_zone, coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond' AS at
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
)
