-- What of a period lies before its first whole local day and after its last: the spans that are read hour by hour.
-- expects: params customer_ids int[]; since, until timestamptz
-- gives:   edge, one row per customer and span that is not empty: time_zone; begins_at, ends_at timestamptz
-- source:  whole local days are in kpi.flow_day
edge AS MATERIALIZED (
  SELECT c.customer_id, c.time_zone, s.begins_at, s.ends_at
  FROM ops.customer c
  CROSS JOIN LATERAL (VALUES
    (
      CAST(:since AS timestamptz),
      CASE
        WHEN kpi.instant(date_trunc('day', CAST(:since AS timestamptz) AT TIME ZONE c.time_zone), c.time_zone) < CAST(:since AS timestamptz)
        THEN least(
          kpi.instant(date_trunc('day', CAST(:since AS timestamptz) AT TIME ZONE c.time_zone) + interval '1 day', c.time_zone),
          CAST(:until AS timestamptz))
      END
    ),
    (kpi.instant(date_trunc('day', CAST(:until AS timestamptz) AT TIME ZONE c.time_zone), c.time_zone), CAST(:until AS timestamptz))
  ) s (begins_at, ends_at)
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND s.begins_at < s.ends_at AND s.begins_at >= CAST(:since AS timestamptz) -- else both lie in the first span's day
)
