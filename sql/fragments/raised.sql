-- The exceptions that a person made more urgent in a period.
-- expects: params customer_ids int[]; since, until, as_of timestamptz (as_of null: now)
-- gives:   subject, one row per exception: at timestamptz (the last time), was, severity int (1 is the most urgent), class, rule text, flow_id,
--          system_id int, title text. Empty for anybody but the partner's own people
-- source:  ops.exception_event, kind ranked; what was taken back did not happen
raised AS (
  SELECT DISTINCT ON (v.customer_id, v.exception_id)
    v.customer_id, v.exception_id, v.at, CAST(v.detail -> 'before' ->> 'severity' AS int) AS was, CAST(v.detail ->> 'severity' AS int) AS severity
  FROM ops.exception_event v
  WHERE v.customer_id = ANY (CAST(:customer_ids AS int[])) AND current_setting('app.staff', true) = 'on' AND v.kind = 'ranked'
    AND CAST(v.detail ->> 'severity' AS int) < CAST(v.detail -> 'before' ->> 'severity' AS int)
    AND v.at >= CAST(:since AS timestamptz) AND v.at < CAST(:until AS timestamptz) AND v.at <= coalesce(CAST(:as_of AS timestamptz), kpi.as_of())
    AND NOT EXISTS (
      SELECT FROM ops.exception_event u
      WHERE u.customer_id = v.customer_id AND u.exception_id = v.exception_id AND u.undoes_event_id = v.event_id
        AND u.at <= coalesce(CAST(:as_of AS timestamptz), kpi.as_of())
    )
  ORDER BY v.customer_id, v.exception_id, v.at DESC
),
subject AS (
  SELECT r.*, x.class, x.rule, x.flow_id, x.system_id, x.title
  FROM raised r
  JOIN ops.exception x ON x.customer_id = r.customer_id AND x.exception_id = r.exception_id
)
