-- Takes back what was never tried to be sent of an alert that is over, and what waits for a person to say whether it arrived.
-- grain:   one row per message taken back
-- params:  customer_id int; alert_id bigint; why text
-- columns: message_id bigint
-- source:  what is over before anybody heard of it is no news
UPDATE ops.alert_message m
SET state = 'dropped', error = CAST(:why AS text)
WHERE m.customer_id = CAST(:customer_id AS int) AND m.alert_id = CAST(:alert_id AS bigint)
  AND (m.state = 'waiting' AND (m.attempts = 0 OR m.kind IN ('worse', 'escalated')) OR m.state = 'held')
RETURNING m.message_id
