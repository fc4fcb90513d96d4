-- What of a period lies before its first whole local day and after its last: the spans that are read hour by hour.
-- expects: params customer_ids int[]; since, until timestamptz
-- gives:   edge, one row per customer and span that is not empty: time_zone; begins_at, ends_at timestamptz
-- source:  whole local days are in kpi.flow_day
edge AS MATERIALIZED (
  SELECT d.customer_id, d.time_zone, s.begins_at, s.ends_at
  FROM (
    SELECT
      c.customer_id, c.time_zone,
      CASE
        WHEN kpi.instant(date_trunc('day', CAST(:since AS timestamptz) AT TIME ZONE c.time_zone), c.time_zone) >= CAST(:since AS timestamptz) THEN CAST(:since AS timestamptz)
        ELSE kpi.instant(date_trunc('day', CAST(:since AS timestamptz) AT TIME ZONE c.time_zone) + interval '1 day', c.time_zone)
      END AS days_since,
      kpi.instant(date_trunc('day', CAST(:until AS timestamptz) AT TIME ZONE c.time_zone), c.time_zone) AS days_until
    FROM ops.customer c
    WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
  ) d
  CROSS JOIN LATERAL (VALUES
    (CAST(:since AS timestamptz), least(d.days_since, CAST(:until AS timestamptz))),
    (greatest(d.days_since, d.days_until), CAST(:until AS timestamptz))
  ) s (begins_at, ends_at)
  WHERE s.begins_at < s.ends_at
)
