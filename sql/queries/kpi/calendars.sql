-- The calendars of a customer, or of everybody whose windows end too soon.
-- grain:   one row per calendar
-- params:  customer_id int (null: all); needed_until timestamptz (null: whether or not the windows reach far enough)
-- columns: customer_id, calendar_id int; time_zone text; holidays text; key text; later jsonb ([{from, hours, holidays}]);
--          open_on jsonb (holidays on which the customer works, by name or day)
-- source:  configuration
SELECT k.customer_id, k.calendar_id, k.time_zone, k.holidays, k.key, k.later, k.open_on
FROM ops.calendar k
WHERE (CAST(:customer_id AS int) IS NULL OR k.customer_id = CAST(:customer_id AS int))
  AND (CAST(:needed_until AS timestamptz) IS NULL
       OR NOT EXISTS (SELECT FROM ops.calendar_window w
                      WHERE w.customer_id = k.customer_id AND w.calendar_id = k.calendar_id
                        AND w.opens_at >= CAST(:needed_until AS timestamptz)))
ORDER BY k.customer_id, k.calendar_id
