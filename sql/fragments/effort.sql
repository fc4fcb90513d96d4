-- The minutes that people logged on exceptions in a period, and the exceptions that people worked on without logging any.
-- expects: params customer_ids int[]; since, until, as_of timestamptz (as_of null: now)
-- gives:   effort, one row per entry: exception_id, event_id bigint, at timestamptz (when it was logged), minutes bigint (what was taken back
--          has none and no row); unlogged, one row per exception that a person acted on in the period and that has no entry in it, and when
--          last. Both are empty for anybody but the partner's own people
-- source:  metrics.md D4; ops.exception_event
effort AS MATERIALIZED (
  SELECT v.customer_id, v.exception_id, coalesce(v.undoes_event_id, v.event_id) AS event_id, min(coalesce(u.at, v.at)) AS at, sum(v.minutes) AS minutes
  FROM ops.exception_event v
  LEFT JOIN ops.exception_event u ON u.customer_id = v.customer_id AND u.event_id = v.undoes_event_id
  WHERE v.customer_id = ANY (CAST(:customer_ids AS int[])) AND current_setting('app.staff', true) = 'on' AND v.minutes IS NOT NULL
    AND v.at >= CAST(:since AS timestamptz) AND v.at <= coalesce(CAST(:as_of AS timestamptz), kpi.as_of())
    AND coalesce(u.at, v.at) >= CAST(:since AS timestamptz) AND coalesce(u.at, v.at) < CAST(:until AS timestamptz)
  GROUP BY v.customer_id, v.exception_id, coalesce(v.undoes_event_id, v.event_id)
  HAVING sum(v.minutes) > 0
),
unlogged AS MATERIALIZED (
  SELECT v.customer_id, v.exception_id, max(v.at) AS at
  FROM ops.exception_event v
  WHERE v.customer_id = ANY (CAST(:customer_ids AS int[])) AND current_setting('app.staff', true) = 'on' AND v.person_id IS NOT NULL
    AND v.at >= CAST(:since AS timestamptz) AND v.at < CAST(:until AS timestamptz) AND v.at <= coalesce(CAST(:as_of AS timestamptz), kpi.as_of())
    AND NOT EXISTS (SELECT FROM effort e WHERE e.customer_id = v.customer_id AND e.exception_id = v.exception_id)
  GROUP BY v.customer_id, v.exception_id
)
