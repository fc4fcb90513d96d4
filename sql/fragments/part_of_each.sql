  -- the flows, days or months that a figure is split into; left out where it is not (fragment parts)
  UNION
  SELECT f.customer_id, f.part
  FROM part_of_flow f
  WHERE CAST(:by AS text) IN ('flow', 'system', 'workflow') AND coalesce(f.removed_at > CAST(:since AS timestamptz), true)
  UNION
  SELECT c.customer_id, to_char(d.day, 'YYYY-MM-DD')
  FROM ops.customer c
  CROSS JOIN LATERAL generate_series(
    date_trunc('day', CAST(:since AS timestamptz) AT TIME ZONE c.time_zone),
    least(CAST(:until AS timestamptz) - interval '1 microsecond', coalesce(CAST(:as_of AS timestamptz), now())) AT TIME ZONE c.time_zone,
    interval '1 day') d (day)
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[])) AND CAST(:by AS text) = 'day'
  UNION
  SELECT c.customer_id, to_char(m.month, 'YYYY-MM')
  FROM ops.customer c
  CROSS JOIN LATERAL generate_series(
    date_trunc('month', CAST(:since AS timestamptz) AT TIME ZONE c.time_zone),
    least(CAST(:until AS timestamptz) - interval '1 microsecond', coalesce(CAST(:as_of AS timestamptz), now())) AT TIME ZONE c.time_zone,
    interval '1 month') m (month)
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[])) AND CAST(:by AS text) = 'month'
