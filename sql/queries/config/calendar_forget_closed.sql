-- Takes the customer's own closed days of one calendar away, before the current ones are written.
-- grain:   one row per day
-- params:  partner, customer, key text
-- columns: none
-- source:  configuration
DELETE FROM ops.calendar_holiday h
USING ops.calendar k, ops.customer c, ops.partner p
WHERE h.source = 'customer' AND k.customer_id = h.customer_id AND k.calendar_id = h.calendar_id AND c.customer_id = k.customer_id
  AND p.partner_id = c.partner_id AND p.key = CAST(:partner AS text) AND c.key = CAST(:customer AS text) AND k.key = CAST(:key AS text)
