-- Takes the windows of a calendar away, before the current ones are written.
-- grain:   one row per window
-- params:  customer_id, calendar_id int
-- columns: opens_at, closes_at timestamptz
-- source:  configuration
DELETE FROM ops.calendar_window w
WHERE w.customer_id = CAST(:customer_id AS int) AND w.calendar_id = CAST(:calendar_id AS int)
RETURNING w.opens_at, w.closes_at
