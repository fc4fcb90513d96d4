  -- the days of each flow, where a question asks for flows; left out where nothing is split (fragment duration_count)
  UNION ALL
  SELECT
    d.customer_id, d.flow_id, d.day,
    d.n_duration_within AS n_within, d.n_duration_zero AS n_zero, d.n_duration_infinite AS n_infinite, d.n_duration_unknown AS n_unknown,
    d.duration_bucket AS bucket, d.duration_n AS n
  FROM kpi.flow_day d
  WHERE CAST(:as_of AS timestamptz) IS NULL AND CAST(:by AS text) IN ('flow', 'system', 'workflow') AND d.flow_id > 0
    AND d.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND d.starts_at >= CAST(:since AS timestamptz) AND d.starts_at < CAST(:until AS timestamptz)
    AND d.ends_at <= CAST(:until AS timestamptz)
