  -- The same from the transactions themselves, for who looks from another instant than now.
  -- expects: params customer_ids int[]; since, until, as_of timestamptz
  -- gives:   more rows of counted; left out (query(…, omit=…)) when the present is asked for: planning it costs more than the rest
  UNION ALL
  SELECT
    t.customer_id, t.flow_id, CAST(t.t0 AT TIME ZONE c.time_zone AS date),
    t.n_s1, t.n_s2, t.n_s3, t.n_failed, t.n_open, t.n_overdue, t.n_missed, t.n_void, t.n_unknown,
    t.n_attempted, t.attempts, t.records_ok, t.records_bad, t.n_records_unknown
  FROM kpi.counted t
  JOIN ops.customer c ON c.customer_id = t.customer_id
  WHERE CAST(:as_of AS timestamptz) IS NOT NULL
    AND t.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND t.t0 >= CAST(:since AS timestamptz) AND t.t0 < CAST(:until AS timestamptz)
