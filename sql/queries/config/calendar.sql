-- The business calendars as the estate file says them, with the customer's own closed days.
-- grain:   one row per calendar
-- params:  none
-- columns: path text[] (partner, customer, calendar); value jsonb; is_retired boolean
-- source:  configuration
SELECT
  ARRAY[p.key, c.key, k.key] AS path,
  jsonb_build_object('hours', k.hours, 'holidays', k.holidays, 'time_zone', k.time_zone,
                     'closed', coalesce(own.days, '[]'), 'changes', k.later, 'open_on', k.open_on) AS value,
  false AS is_retired
FROM ops.calendar k
JOIN ops.customer c ON c.customer_id = k.customer_id
JOIN ops.partner p ON p.partner_id = c.partner_id
LEFT JOIN (
  SELECT h.customer_id, h.calendar_id, jsonb_agg(jsonb_build_object('on', h.held_on, 'name', h.name) ORDER BY h.held_on) AS days
  FROM ops.calendar_holiday h
  WHERE h.source = 'customer'
  GROUP BY h.customer_id, h.calendar_id
) own ON own.customer_id = k.customer_id AND own.calendar_id = k.calendar_id
ORDER BY p.key, c.key, k.key
