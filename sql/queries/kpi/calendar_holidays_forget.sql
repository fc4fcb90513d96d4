-- Takes the pre-filled holidays of a calendar away, before the current ones are written.
-- grain:   one row per holiday
-- params:  customer_id, calendar_id int
-- columns: none
-- source:  configuration
DELETE FROM ops.calendar_holiday h
WHERE h.customer_id = CAST(:customer_id AS int) AND h.calendar_id = CAST(:calendar_id AS int) AND h.source = 'prefilled'
