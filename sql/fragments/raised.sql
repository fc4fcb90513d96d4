-- The troubles that were escalated in a period: made more urgent by a person, or told to the next in line because nobody took them.
-- expects: params customer_ids int[]; since, until, as_of timestamptz (as_of null: now)
-- gives:   subject, one row per exception, and per alert without one: at timestamptz (the last time), was, severity int (1 is the most urgent; null:
--          nobody changed it, an alert went on), class (of an alert without an exception: alert), rule text, flow_id, system_id int, title text,
--          exception_id, alert_id bigint. Empty for anybody but the partner's own people
-- source:  ops.exception_event, kind ranked; what was taken back did not happen. ops.alert_message, kind escalated, once it was tried to be sent
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
went_on AS (
  SELECT m.customer_id, m.alert_id, a.exception_id, max(t.at) AS at, a.rule, a.title
  FROM ops.alert_message m
  JOIN ops.alert a ON a.customer_id = m.customer_id AND a.alert_id = m.alert_id
  CROSS JOIN LATERAL (SELECT coalesce(m.sent_at, m.not_before) AS at) t
  WHERE m.customer_id = ANY (CAST(:customer_ids AS int[])) AND current_setting('app.staff', true) = 'on' AND m.kind = 'escalated' AND m.attempts > 0
    AND t.at >= CAST(:since AS timestamptz) AND t.at < CAST(:until AS timestamptz) AND t.at <= coalesce(CAST(:as_of AS timestamptz), kpi.as_of())
  GROUP BY m.customer_id, m.alert_id, a.exception_id, a.rule, a.title
),
escalated AS (  -- once each, however often and in which way
  SELECT DISTINCT ON (e.customer_id, e.exception_id, e.alert_id) e.*
  FROM (
    SELECT r.customer_id, r.exception_id, CAST(NULL AS bigint) AS alert_id, r.at, r.was, r.severity, CAST(NULL AS text) AS rule, CAST(NULL AS text) AS title
    FROM raised r
    UNION ALL
    SELECT w.customer_id, w.exception_id, CASE WHEN w.exception_id IS NULL THEN w.alert_id END, w.at, NULL, NULL, w.rule, w.title
    FROM went_on w
  ) e
  ORDER BY e.customer_id, e.exception_id, e.alert_id, e.severity NULLS LAST, e.at DESC
),
subject AS (
  SELECT
    e.customer_id, e.exception_id, e.alert_id, e.at, e.was, e.severity, coalesce(x.class, 'alert') AS class, coalesce(x.rule, e.rule) AS rule, x.flow_id,
    x.system_id, coalesce(x.title, e.title) AS title, CAST(NULL AS text) AS place
  FROM escalated e
  LEFT JOIN ops.exception x ON x.customer_id = e.customer_id AND x.exception_id = e.exception_id
)
