-- Our readings of the customer's systems, and whether the system answered.
-- expects: params customer_ids int[]; since, until, as_of timestamptz (as_of null: now)
-- gives:   call_look, one row: at, what ended later has not ended; call, one row per poll begun in the period (is_in_period) or in the seven
--          days before its end, that had ended by then: system_key, stream, poll_id, started_at, finished_at, verdict (answered; fault:
--          the system's; unknown), error_kind, error, headroom (remaining over limit), seconds_per_page
-- source:  metrics.md A15: server errors, timeouts, lost connections, limits after all waiting and refused keys are the system's; a request
--          that it refuses, or an answer we cannot use, is ours or the data's. A poll whose worker died says nothing of the system
call_look AS (
  SELECT least(CAST(:until AS timestamptz) - interval '1 microsecond', coalesce(CAST(:as_of AS timestamptz), kpi.as_of())) AS at
),
call AS MATERIALIZED (
  SELECT
    p.customer_id, s.key AS system_key, p.system_id, p.stream, p.poll_id, p.started_at, p.finished_at, p.error_kind, p.error,
    p.started_at >= CAST(:since AS timestamptz) AS is_in_period,
    CASE
      WHEN p.outcome = 'complete' THEN 'answered'
      WHEN p.error_kind IN ('timeout', 'unreachable', 'network', 'truncated', 'server', 'rate_limit', 'auth', 'rights', 'html') THEN 'fault'
      WHEN p.outcome = 'abandoned' OR p.outcome = 'failed' AND p.error_kind IS NULL THEN 'unknown'
      ELSE 'answered'
    END AS verdict,
    CAST(p.rate_limit_remaining AS float8) / nullif(p.rate_limit, 0) AS headroom,
    CASE WHEN p.outcome = 'complete' THEN CAST(extract(epoch FROM p.finished_at - p.started_at) / greatest(p.pages, 1) AS float8) END AS seconds_per_page
  FROM ops.poll p
  JOIN ops.system s ON s.customer_id = p.customer_id AND s.system_id = p.system_id
  CROSS JOIN call_look l
  WHERE p.customer_id = ANY (CAST(:customer_ids AS int[])) AND p.outcome <> 'running'
    AND p.started_at >= least(CAST(:since AS timestamptz), l.at - interval '7 days') AND p.started_at <= l.at
    AND coalesce(p.finished_at <= l.at, true)
)
