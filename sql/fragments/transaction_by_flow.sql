  -- the days of each flow, where a question asks for flows; left out where nothing is split (fragment transaction_count)
  UNION ALL
  SELECT
    d.customer_id, d.flow_id, d.day,
    d.n_s1, d.n_s2, d.n_s3, d.n_failed, d.n_open, d.n_overdue, d.n_missed, d.n_void, d.n_unknown,
    d.n_attempted, d.attempts, d.records_ok, d.records_bad, d.n_records_unknown
  FROM kpi.flow_day d
  WHERE CAST(:as_of AS timestamptz) IS NULL AND CAST(:by AS text) IN ('flow', 'system', 'workflow') AND d.flow_id > 0
    AND d.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND d.starts_at >= CAST(:since AS timestamptz) AND d.starts_at < CAST(:until AS timestamptz)
    AND d.ends_at <= CAST(:until AS timestamptz)
