-- Puts messages into the summary that tells of them all.
-- grain:   one row per message
-- params:  customer_id int; message_ids bigint[]; into_key text
-- columns: none
-- source:  storm limit
UPDATE ops.alert_message m
SET state = 'folded', folded_into = CAST(:into_key AS text)
WHERE m.customer_id = CAST(:customer_id AS int) AND m.message_id = ANY (CAST(:message_ids AS bigint[])) AND m.state = 'waiting'
