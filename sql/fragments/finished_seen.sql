  -- The same from the transactions themselves, for who looks from another instant than now.
  -- expects: params customer_ids int[]; since, until, as_of timestamptz
  -- gives:   more rows of counted; left out (query(…, omit=…)) when the present is asked for: planning it costs more than the rest
  UNION ALL
  SELECT t.customer_id, t.flow_id, CAST(t.decided_at AT TIME ZONE c.time_zone AS date), 1, t.records_ok
  FROM (
    SELECT DISTINCT r.customer_id, r.flow_id, r.due_at
    FROM raw.run r
    WHERE CAST(:as_of AS timestamptz) IS NOT NULL AND r.customer_id = ANY (CAST(:customer_ids AS int[])) AND r.flow_id IS NOT NULL
      AND coalesce(r.finished_at, r.target_committed_at, r.started_at, r.due_at) >= CAST(:since AS timestamptz)
      AND coalesce(r.finished_at, r.target_committed_at, r.started_at, r.due_at) < CAST(:until AS timestamptz)
  ) e
  JOIN ops.customer c ON c.customer_id = e.customer_id
  CROSS JOIN LATERAL (
    SELECT x.customer_id, x.flow_id, x.outcome, x.decided_at, x.records_ok
    FROM kpi.counted x
    WHERE x.customer_id = e.customer_id AND x.flow_id = e.flow_id AND x.t0 = e.due_at
    OFFSET 0 -- a look-up for each instant; joined freely, the view would be worked out for the whole history
  ) t
  WHERE CAST(:as_of AS timestamptz) IS NOT NULL AND t.outcome IN ('S1', 'S2', 'S3', 'F')
    AND t.decided_at >= CAST(:since AS timestamptz) AND t.decided_at < CAST(:until AS timestamptz)
