-- Alerts for the partner's people: the open ones, or those that were closed lately, with what became of their messages.
-- grain:   one row per alert; open: the most severe and oldest first; closed: the latest first
-- params:  customer_ids int[]; is_open boolean; since timestamptz (closed ones: closed after it); row_limit int
-- columns: customer_id int; alert_id, exception_id bigint; customer, rule, cause, title, acknowledged_by, owner text (of its exception); severity int;
--          path text; opened_at, closed_at, acknowledged_at timestamptz; is_taken, is_escalated boolean; sent, waiting, stuck int (messages that say
--          what happened; stuck: dead or held); channels text[] (that told of it); total bigint
-- source:  alerts and the outbox; fragment alert_in_hand
WITH
-- include: alert_in_hand
,
chosen AS (
  SELECT a.*, count(*) OVER () AS total
  FROM alert_in_hand a
  WHERE CASE WHEN CAST(:is_open AS boolean) THEN a.closed_at IS NULL ELSE a.closed_at > CAST(:since AS timestamptz) END
  ORDER BY a.closed_at DESC NULLS FIRST, a.severity, a.alert_id
  LIMIT CAST(:row_limit AS int)
)
SELECT
  a.customer_id, a.alert_id, a.exception_id, c.name AS customer, a.rule, a.cause, a.title, a.acknowledged_by, p.name AS owner,
  CAST(a.severity AS int) AS severity, a.said ->> 'path' AS path, a.opened_at, a.closed_at, a.acknowledged_at,
  a.is_taken, m.is_escalated, m.sent, m.waiting, m.stuck, m.channels, a.total
FROM chosen a
JOIN ops.customer c ON c.customer_id = a.customer_id
LEFT JOIN ops.person p ON p.person_id = a.owner_person_id
LEFT JOIN LATERAL (
  SELECT
    coalesce(bool_or(m.kind = 'escalated' AND m.state = 'sent'), false) AS is_escalated,
    CAST(count(*) FILTER (WHERE m.state = 'sent') AS int) AS sent, CAST(count(*) FILTER (WHERE m.state IN ('waiting', 'sending')) AS int) AS waiting,
    CAST(count(*) FILTER (WHERE m.state IN ('dead', 'held')) AS int) AS stuck,
    array_agg(DISTINCT m.channel) FILTER (WHERE m.state = 'sent') AS channels
  FROM ops.alert_message m
  WHERE m.customer_id = a.customer_id AND m.alert_id = a.alert_id
) m ON true
ORDER BY a.closed_at DESC NULLS FIRST, a.severity, a.opened_at, a.customer_id, a.alert_id
