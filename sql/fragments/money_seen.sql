  -- The same from the transactions themselves, for who looks from another instant than now.
  -- expects: params customer_ids int[]; since, until, as_of timestamptz
  -- gives:   more rows of counted; left out (query(…, omit=…)) when the present is asked for: planning it costs more than the rest
  UNION ALL
  SELECT
    t.customer_id, t.flow_id, CAST(t.t0 AT TIME ZONE c.time_zone AS date), t.currency,
    CAST(t.is_valid AS int), t.n_unknown,
    CASE WHEN t.is_good THEN t.amount ELSE 0 END,
    CASE WHEN t.is_valid AND NOT t.is_good THEN t.amount ELSE 0 END,
    CASE WHEN t.outcome = 'O' THEN t.amount ELSE 0 END,
    CASE WHEN t.outcome = 'unknown' THEN t.amount ELSE 0 END
  FROM kpi.counted t
  JOIN ops.customer c ON c.customer_id = t.customer_id
  WHERE CAST(:as_of AS timestamptz) IS NOT NULL
    AND t.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND t.t0 >= CAST(:since AS timestamptz) AND t.t0 < CAST(:until AS timestamptz)
    AND t.amount IS NOT NULL AND t.currency IS NOT NULL
