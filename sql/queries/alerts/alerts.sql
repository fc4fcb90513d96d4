-- Alerts with what became of their messages.
-- grain:   one row per alert, the open ones first
-- params:  customer_ids int[]; is_all boolean (closed ones too)
-- columns: customer_id int; alert_id, exception_id bigint; customer, rule, cause, title, acknowledged_by text; severity int; opened_at, closed_at,
--          acknowledged_at timestamptz; waiting, sent, folded, dead int (messages)
-- source:  alerts and the outbox
SELECT
  a.customer_id, a.alert_id, c.key AS customer, a.rule, a.cause, CAST(a.severity AS int) AS severity, a.title, a.exception_id, a.opened_at, a.closed_at,
  a.acknowledged_at, a.acknowledged_by, m.waiting, m.sent, m.folded, m.dead
FROM ops.alert a
JOIN ops.customer c ON c.customer_id = a.customer_id
LEFT JOIN LATERAL (
  SELECT
    CAST(count(*) FILTER (WHERE m.state IN ('waiting', 'sending')) AS int) AS waiting, CAST(count(*) FILTER (WHERE m.state = 'sent') AS int) AS sent,
    CAST(count(*) FILTER (WHERE m.state = 'folded') AS int) AS folded, CAST(count(*) FILTER (WHERE m.state = 'dead') AS int) AS dead
  FROM ops.alert_message m
  WHERE m.customer_id = a.customer_id AND m.alert_id = a.alert_id
) m ON true
WHERE a.customer_id = ANY (CAST(:customer_ids AS int[])) AND (a.closed_at IS NULL OR CAST(:is_all AS boolean))
ORDER BY a.closed_at DESC NULLS FIRST, a.severity, a.alert_id
