-- Messages that could not be delivered.
-- grain:   one row per message, the newest first
-- params:  customer_ids int[]
-- columns: customer_id int; message_id, alert_id bigint; customer, kind, channel, addressee, error text; attempts int; created_at timestamptz
-- source:  the outbox
SELECT
  m.customer_id, m.message_id, m.alert_id, c.key AS customer, m.kind, m.channel, m.addressee, m.attempts, m.error, m.created_at
FROM ops.alert_message m
JOIN ops.customer c ON c.customer_id = m.customer_id
WHERE m.customer_id = ANY (CAST(:customer_ids AS int[])) AND m.state = 'dead'
ORDER BY m.message_id DESC
