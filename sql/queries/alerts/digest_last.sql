-- Since when the next digest to an addressee tells.
-- grain:   one row
-- params:  customer_id int; channel, addressee text
-- columns: since timestamptz (null: there was none)
-- source:  the outbox
SELECT max(m.created_at) AS since
FROM ops.alert_message m
WHERE m.customer_id = CAST(:customer_id AS int) AND m.channel = CAST(:channel AS text) AND m.addressee = CAST(:addressee AS text)
  AND m.kind = 'digest'
