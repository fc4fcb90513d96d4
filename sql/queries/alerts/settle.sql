-- Writes down what became of a message, unless another worker has it by now.
-- grain:   one row, or none
-- params:  customer_id int; message_id bigint; holder, state, error text; not_before, sent_at timestamptz (null: as it was);
--          is_doubtful boolean
-- columns: message_id bigint
-- source:  the outbox
UPDATE ops.alert_message m
SET state = CAST(:state AS text), error = CAST(:error AS text), not_before = coalesce(CAST(:not_before AS timestamptz), m.not_before),
  sent_at = CAST(:sent_at AS timestamptz), is_doubtful = m.is_doubtful OR CAST(:is_doubtful AS boolean), leased_until = NULL, holder = NULL
WHERE m.customer_id = CAST(:customer_id AS int) AND m.message_id = CAST(:message_id AS bigint) AND m.state = 'sending'
  AND m.holder = CAST(:holder AS text)
RETURNING m.message_id
