-- What a person says of a message that is stuck: it arrived, or it is to be sent again, from the first attempt on.
-- grain:   one row when it was stuck, else none
-- params:  customer_id int; message_id bigint; state text (sent, waiting); at timestamptz
-- columns: message_id, alert_id bigint; channel, addressee text
-- source:  the outbox; only what was held can have arrived
UPDATE ops.alert_message m
SET state = CAST(:state AS text), not_before = CAST(:at AS timestamptz), attempts = CASE CAST(:state AS text) WHEN 'sent' THEN m.attempts ELSE 0 END,
  sent_at = CASE CAST(:state AS text) WHEN 'sent' THEN CAST(:at AS timestamptz) END, error = NULL, is_doubtful = false
WHERE m.customer_id = CAST(:customer_id AS int) AND m.message_id = CAST(:message_id AS bigint)
  AND (m.state = 'held' OR m.state = 'dead' AND CAST(:state AS text) = 'waiting')
RETURNING m.message_id, m.alert_id, m.channel, m.addressee
