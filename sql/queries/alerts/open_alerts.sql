-- The open alerts of a customer, each with whether somebody has it.
-- grain:   one row per open alert
-- params:  customer_ids int[]
-- columns: customer_id int; alert_id, exception_id bigint; rule, cause, title text; severity int; said jsonb; opened_at, acknowledged_at timestamptz;
--          is_taken boolean; exception_state text (null: it tells of no exception)
-- source:  alerts; fragment alert_in_hand
WITH
-- include: alert_in_hand
SELECT
  a.customer_id, a.alert_id, a.rule, a.cause, CAST(a.severity AS int) AS severity, a.title, a.said, a.exception_id, a.opened_at, a.acknowledged_at,
  a.is_taken, a.exception_state
FROM alert_in_hand a
WHERE a.closed_at IS NULL
ORDER BY a.severity, a.alert_id
