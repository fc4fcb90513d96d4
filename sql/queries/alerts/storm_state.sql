-- How the summary of an hour stands.
-- grain:   one row, or none when there is none
-- params:  customer_id int; message_key text
-- columns: state text
-- source:  the outbox
SELECT m.state
FROM ops.alert_message m
WHERE m.customer_id = CAST(:customer_id AS int) AND m.message_key = CAST(:message_key AS text)
