-- Keeps a message before it is sent: whatever happens, a repeat is this very one.
-- grain:   one row
-- params:  customer_id int; period text; version int; kind text; message bytea; message_id text; recipients text[]
-- columns: none
-- source:  ops.review_mail
UPDATE ops.review_mail
SET message = CAST(:message AS bytea), message_id = CAST(:message_id AS text), recipients = CAST(:recipients AS text[])
WHERE customer_id = CAST(:customer_id AS int) AND period = CAST(:period AS text) AND version = CAST(:version AS int)
  AND kind = CAST(:kind AS text) AND state = 'waiting'
