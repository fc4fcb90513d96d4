-- Closes an alert whose cause is gone.
-- grain:   one row when it was open
-- params:  customer_id int; alert_id bigint; at timestamptz
-- columns: alert_id bigint
-- source:  alerts
UPDATE ops.alert a
SET closed_at = CAST(:at AS timestamptz)
WHERE a.customer_id = CAST(:customer_id AS int) AND a.alert_id = CAST(:alert_id AS bigint) AND a.closed_at IS NULL
RETURNING a.alert_id
