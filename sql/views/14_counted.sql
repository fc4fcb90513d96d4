-- Each transaction as ones and zeros, under the names of kpi.flow_hour: a cell is the sum of these rows.
-- grain:   one row per logical transaction, as of kpi.as_of()
-- columns: n_…  1 when it belongs to that class; for latency and duration: within the promised threshold, zero or
--               negative, infinite (it failed, is overdue or never began), unknown (good, but its times are not known)
--          is_good, is_valid  in the numerator, in the denominator of the success rate
-- source:  metrics.md 1.2 and 4.2
CREATE VIEW kpi.counted WITH (security_invoker = true) AS
SELECT
  t.customer_id, t.flow_id, t.transaction_key, t.t0, t.outcome, t.decide_by, t.decided_at, t.next_decision_at,
  t.outcome IN ('S1', 'S2') AS is_good,
  t.outcome IN ('S1', 'S2', 'S3', 'F', 'O+', 'M') AS is_valid,
  CAST(t.outcome = 'S1' AS int) AS n_s1,
  CAST(t.outcome = 'S2' AS int) AS n_s2,
  CAST(t.outcome = 'S3' AS int) AS n_s3,
  CAST(t.outcome = 'F' AS int) AS n_failed,
  CAST(t.outcome = 'O' AS int) AS n_open,
  CAST(t.outcome = 'O+' AS int) AS n_overdue,
  CAST(t.outcome = 'M' AS int) AS n_missed,
  CAST(t.outcome = 'N' AS int) AS n_void,
  CAST(t.outcome = 'unknown' AS int) AS n_unknown,
  CAST(t.attempts > 0 AND t.outcome <> 'N' AS int) AS n_attempted,
  CASE WHEN t.outcome <> 'N' THEN t.attempts ELSE 0 END AS attempts,
  CASE WHEN t.outcome NOT IN ('N', 'O') THEN coalesce(t.records_ok, 0) ELSE 0 END AS records_ok,
  CASE WHEN t.outcome NOT IN ('N', 'O') THEN coalesce(t.records_bad, 0) ELSE 0 END AS records_bad,
  CAST(t.outcome IN ('S1', 'S2', 'S3', 'F', 'unknown') AND t.records_bad IS NULL AS int) AS n_records_unknown,
  t.latency_seconds, t.duration_seconds,
  CAST(coalesce(t.latency_seconds <= t.latency_threshold_seconds, false) AS int) AS n_latency_within,
  CAST(coalesce(t.latency_seconds <= 0, false) AS int) AS n_latency_zero,
  CAST(t.outcome IN ('F', 'O+', 'M') AS int) AS n_latency_infinite,
  CAST(t.outcome IN ('S1', 'S2', 'S3') AND t.latency_seconds IS NULL OR t.outcome = 'unknown' AS int) AS n_latency_unknown,
  CAST(coalesce(t.duration_seconds <= t.latency_threshold_seconds, false) AS int) AS n_duration_within,
  CAST(coalesce(t.duration_seconds <= 0, false) AS int) AS n_duration_zero,
  CAST(t.outcome IN ('F', 'O+', 'M') AS int) AS n_duration_infinite,
  CAST(t.outcome IN ('S1', 'S2', 'S3') AND t.duration_seconds IS NULL OR t.outcome = 'unknown' AS int) AS n_duration_unknown,
  CASE WHEN t.latency_seconds > 0 THEN kpi.bucket(t.latency_seconds) END AS latency_bucket,
  CASE WHEN t.duration_seconds > 0 THEN kpi.bucket(t.duration_seconds) END AS duration_bucket,
  CASE WHEN t.outcome NOT IN ('N') THEN t.amount END AS amount,
  t.currency
FROM kpi.transaction t;
