-- Customers whose days were cut in another time zone than theirs is now.
-- grain:   one row per customer
-- params:  none
-- columns: customer_id int
-- source:  the last counted day of each
SELECT c.customer_id
FROM ops.customer c
CROSS JOIN LATERAL (
  SELECT d.day, d.starts_at FROM kpi.flow_day d WHERE d.customer_id = c.customer_id ORDER BY d.starts_at DESC LIMIT 1
) last
WHERE last.starts_at <> kpi.instant(CAST(last.day AS timestamp), c.time_zone)
