-- The open alerts of a customer, each with whether somebody has it.
-- grain:   one row per open alert
-- params:  customer_ids int[]
-- columns: customer_id int; alert_id, exception_id bigint; rule, cause, title text; severity int; said jsonb; opened_at, acknowledged_at timestamptz;
--          is_taken boolean; exception_state text (null: it tells of no exception)
-- source:  alerts; somebody has it when it was acknowledged, or when its exception is in somebody's hands
SELECT
  a.customer_id, a.alert_id, a.rule, a.cause, CAST(a.severity AS int) AS severity, a.title, a.said, a.exception_id, a.opened_at, a.acknowledged_at,
  a.acknowledged_at IS NOT NULL OR coalesce(e.owner_person_id IS NOT NULL OR e.state NOT IN ('new', 'reopened'), false) AS is_taken,
  e.state AS exception_state
FROM ops.alert a
LEFT JOIN ops.exception e ON e.customer_id = a.customer_id AND e.exception_id = a.exception_id
WHERE a.customer_id = ANY (CAST(:customer_ids AS int[])) AND a.closed_at IS NULL
ORDER BY a.severity, a.alert_id
