  -- The same from the transactions themselves, for who looks from another instant than now.
  -- expects: params customer_ids int[]; since, until, as_of timestamptz
  -- gives:   more rows of counted; left out (query(…, omit=…)) when the present is asked for: planning it costs more than the rest
  UNION ALL
  SELECT
    t.customer_id, t.flow_id, CAST(t.t0 AT TIME ZONE c.time_zone AS date),
    t.n_latency_within AS n_within, t.n_latency_zero AS n_zero, t.n_latency_infinite AS n_infinite, t.n_latency_unknown AS n_unknown,
    CASE WHEN t.latency_bucket IS NOT NULL THEN ARRAY[t.latency_bucket] END, ARRAY[1]
  FROM kpi.counted t
  JOIN ops.customer c ON c.customer_id = t.customer_id
  WHERE CAST(:as_of AS timestamptz) IS NOT NULL
    AND t.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND t.t0 >= CAST(:since AS timestamptz) AND t.t0 < CAST(:until AS timestamptz)
