-- Takes away alerts that have been over for long, with their messages and links, and messages that tell of no single alert; some thousands at once.
-- grain:   one row
-- params:  customer_id int; before timestamptz; most int
-- columns: alerts, messages, links bigint (taken away)
-- source:  what is open stays, however old it is
WITH
old AS (
  SELECT a.customer_id, a.alert_id
  FROM ops.alert a
  WHERE a.customer_id = CAST(:customer_id AS int) AND a.closed_at < CAST(:before AS timestamptz)
  ORDER BY a.closed_at
  LIMIT CAST(:most AS int)
),
link AS (
  DELETE FROM ops.alert_link l
  USING old o
  WHERE l.customer_id = CAST(:customer_id AS int) AND l.customer_id = o.customer_id AND l.alert_id = o.alert_id
  RETURNING l.alert_id
),
message AS (
  DELETE FROM ops.alert_message m
  WHERE m.customer_id = CAST(:customer_id AS int)
    AND (m.alert_id IN (SELECT o.alert_id FROM old o)
         OR m.alert_id IS NULL AND m.created_at < CAST(:before AS timestamptz) AND m.state NOT IN ('waiting', 'sending'))
  RETURNING m.message_id
),
alert AS (
  DELETE FROM ops.alert a
  USING old o
  WHERE a.customer_id = CAST(:customer_id AS int) AND a.customer_id = o.customer_id AND a.alert_id = o.alert_id
  RETURNING a.alert_id
)
SELECT (SELECT count(*) FROM alert) AS alerts, (SELECT count(*) FROM message) AS messages, (SELECT count(*) FROM link) AS links
