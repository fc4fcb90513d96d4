-- The instants at which the stock of unbilled work is looked at: the end of the period, or of each local day of it.
-- expects: params customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text
-- gives:   cut, one row per customer ('' as its name), or by day one per local day that has begun (the day as its name)
cut AS (
  SELECT d.customer_id, d.cut, d.at, d.at AS alive_at
  FROM (
    SELECT
      c.customer_id, '' AS cut,
      least(CAST(:until AS timestamptz), coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond') AS at
    FROM ops.customer c
    WHERE c.customer_id = ANY (CAST(:customer_ids AS int[])) AND CAST(:by AS text) IS DISTINCT FROM 'day'
    UNION ALL
    SELECT
      c.customer_id, to_char(d.day, 'YYYY-MM-DD'),
      least((d.day + interval '1 day') AT TIME ZONE c.time_zone, CAST(:until AS timestamptz),
            coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond')
    FROM ops.customer c
    CROSS JOIN LATERAL generate_series(
      date_trunc('day', CAST(:since AS timestamptz) AT TIME ZONE c.time_zone),
      least(CAST(:until AS timestamptz) - interval '1 microsecond',
            coalesce(CAST(:as_of AS timestamptz), kpi.as_of())) AT TIME ZONE c.time_zone,
      interval '1 day') d (day)
    WHERE c.customer_id = ANY (CAST(:customer_ids AS int[])) AND CAST(:by AS text) = 'day'
  ) d
)
