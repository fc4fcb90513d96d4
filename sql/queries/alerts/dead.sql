-- Messages that need a person: they could not be delivered, or may have arrived (held).
-- grain:   one row per message, the newest first
-- params:  customer_ids int[]
-- columns: customer_id int; message_id, alert_id bigint; customer, kind, state, channel, addressee, error text; attempts int; created_at timestamptz
-- source:  the outbox
SELECT
  m.customer_id, m.message_id, m.alert_id, c.key AS customer, m.kind, m.state, m.channel, m.addressee, m.attempts, m.error, m.created_at
FROM ops.alert_message m
JOIN ops.customer c ON c.customer_id = m.customer_id
WHERE m.customer_id = ANY (CAST(:customer_ids AS int[])) AND m.state IN ('dead', 'held')
ORDER BY m.message_id DESC
