-- Says that somebody has an alert; what was said first stays.
-- grain:   one row when it was open and nobody had it, else none
-- params:  customer_id int; alert_id bigint; by text; at timestamptz
-- columns: alert_id, exception_id bigint; title text
-- source:  alerts
UPDATE ops.alert a
SET acknowledged_at = CAST(:at AS timestamptz), acknowledged_by = CAST(:by AS text)
WHERE a.customer_id = CAST(:customer_id AS int) AND a.alert_id = CAST(:alert_id AS bigint) AND a.closed_at IS NULL AND a.acknowledged_at IS NULL
RETURNING a.alert_id, a.exception_id, a.title
