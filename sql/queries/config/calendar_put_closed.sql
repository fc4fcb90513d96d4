-- Writes the customer's own closed days of one calendar; they win over pre-filled ones.
-- grain:   one row per day
-- params:  partner, customer, key text; value jsonb
-- columns: none
-- source:  configuration
INSERT INTO ops.calendar_holiday (customer_id, calendar_id, held_on, name, source)
SELECT k.customer_id, k.calendar_id, CAST(d.day ->> 'on' AS date), d.day ->> 'name', 'customer'
FROM jsonb_array_elements(CAST(:value AS jsonb) -> 'closed') d (day)
JOIN ops.partner p ON p.key = CAST(:partner AS text)
JOIN ops.customer c ON c.partner_id = p.partner_id AND c.key = CAST(:customer AS text)
JOIN ops.calendar k ON k.customer_id = c.customer_id AND k.key = CAST(:key AS text)
ON CONFLICT (customer_id, calendar_id, held_on) DO UPDATE SET name = excluded.name, source = excluded.source
