-- Writes one calendar.
-- grain:   one row
-- params:  partner, customer, key text; value jsonb; now timestamptz
-- columns: none
-- source:  configuration
INSERT INTO ops.calendar (customer_id, key, time_zone, hours, holidays, later, open_on, changed_at)
SELECT c.customer_id, CAST(:key AS text), v ->> 'time_zone', v -> 'hours', v ->> 'holidays', v -> 'changes', v -> 'open_on',
  CAST(:now AS timestamptz)
FROM (SELECT CAST(:value AS jsonb) AS v) given
JOIN ops.partner p ON p.key = CAST(:partner AS text)
JOIN ops.customer c ON c.partner_id = p.partner_id AND c.key = CAST(:customer AS text)
ON CONFLICT (customer_id, key) DO UPDATE SET
  time_zone = excluded.time_zone, hours = excluded.hours, holidays = excluded.holidays, later = excluded.later,
  open_on = excluded.open_on, changed_at = excluded.changed_at
