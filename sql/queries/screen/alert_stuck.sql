-- Messages that need a person: they could not be delivered, or may have arrived and wait for somebody who has looked.
-- grain:   one row per message, the newest first
-- params:  customer_ids int[]; row_limit int
-- columns: customer_id int; message_id, alert_id bigint; customer, kind, state, channel, addressee, error, title text; attempts int; created_at
--          timestamptz; total bigint
-- source:  the outbox
SELECT
  m.customer_id, m.message_id, m.alert_id, c.name AS customer, m.kind, m.state, m.channel, m.addressee, m.error, a.title, m.attempts, m.created_at,
  count(*) OVER () AS total
FROM ops.alert_message m
JOIN ops.customer c ON c.customer_id = m.customer_id
LEFT JOIN ops.alert a ON a.customer_id = m.customer_id AND a.alert_id = m.alert_id
WHERE m.customer_id = ANY (CAST(:customer_ids AS int[])) AND m.state IN ('dead', 'held')
ORDER BY m.message_id DESC
LIMIT CAST(:row_limit AS int)
