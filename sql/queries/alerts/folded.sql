-- What a summary tells of.
-- grain:   one row per alert, the most severe first
-- params:  customer_id int; message_key text
-- columns: alert_id bigint; title text; severity int; is_open boolean
-- source:  the outbox
SELECT a.alert_id, a.title, CAST(min(a.severity) AS int) AS severity, bool_and(a.closed_at IS NULL) AS is_open
FROM ops.alert_message m
JOIN ops.alert a ON a.customer_id = m.customer_id AND a.alert_id = m.alert_id
WHERE m.customer_id = CAST(:customer_id AS int) AND m.folded_into = CAST(:message_key AS text)
GROUP BY a.alert_id, a.title
ORDER BY 3, 1
