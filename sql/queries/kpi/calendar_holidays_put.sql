-- Writes the pre-filled holidays of a calendar; days the customer named itself stay as they are.
-- grain:   one row per holiday
-- params:  customer_id, calendar_id int; days date[]; names text[]
-- columns: none
-- source:  the `holidays` package
INSERT INTO ops.calendar_holiday (customer_id, calendar_id, held_on, name, source)
SELECT CAST(:customer_id AS int), CAST(:calendar_id AS int), d.held_on, d.name, 'prefilled'
FROM unnest(CAST(:days AS date[]), CAST(:names AS text[])) d (held_on, name)
ON CONFLICT (customer_id, calendar_id, held_on) DO NOTHING
