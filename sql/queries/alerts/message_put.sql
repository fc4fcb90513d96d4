-- Puts a message into the outbox unless it is there.
-- grain:   one row when it was put, else none
-- params:  customer_id int; message_key, kind, channel, addressee text; alert_id bigint; severity int; said jsonb; state text; not_before, at timestamptz
-- columns: message_id bigint
-- source:  the key is the alert, the channel, the addressee and what there is to say
INSERT INTO ops.alert_message (customer_id, message_key, alert_id, kind, channel, addressee, severity, said, state, not_before, created_at)
VALUES (CAST(:customer_id AS int), CAST(:message_key AS text), CAST(:alert_id AS bigint), CAST(:kind AS text), CAST(:channel AS text),
        CAST(:addressee AS text), CAST(:severity AS smallint), CAST(:said AS jsonb), CAST(:state AS text), CAST(:not_before AS timestamptz),
        CAST(:at AS timestamptz))
ON CONFLICT (customer_id, message_key) DO NOTHING
RETURNING message_id
