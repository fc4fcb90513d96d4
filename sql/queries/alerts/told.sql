-- Who was told of an alert, or may have been.
-- grain:   one row per channel and addressee
-- params:  customer_id int; alert_id bigint
-- columns: channel, addressee text
-- source:  a message that was tried may have arrived although nobody confirmed it
SELECT DISTINCT m.channel, m.addressee
FROM ops.alert_message m
WHERE m.customer_id = CAST(:customer_id AS int) AND m.alert_id = CAST(:alert_id AS bigint) AND m.attempts > 0
  AND m.kind IN ('fired', 'worse', 'escalated')
ORDER BY m.channel, m.addressee
