-- The incident systems that were told of an alert, with what they were told.
-- grain:   one row per channel and addressee
-- params:  customer_id int; alert_id bigint
-- columns: channel, addressee, said text; severity int
-- source:  an acknowledgement goes to who keeps incidents, so that nobody else is called; people are not told
SELECT DISTINCT ON (m.channel, m.addressee) m.channel, m.addressee, CAST(m.said AS text) AS said, CAST(m.severity AS int) AS severity
FROM ops.alert_message m
WHERE m.customer_id = CAST(:customer_id AS int) AND m.alert_id = CAST(:alert_id AS bigint) AND m.attempts > 0
  AND m.said ->> 'channel' = 'pagerduty'
ORDER BY m.channel, m.addressee, m.message_id DESC
