-- Writes the terms of one customer from a date on.
-- grain:   one row
-- params:  partner, customer, key text (the date); value jsonb
-- columns: none
-- source:  configuration
INSERT INTO ops.terms (customer_id, valid_from, tier, document, in_file)
SELECT c.customer_id, CAST(CAST(:key AS text) AS date), v ->> 'tier', v - 'terms_in_file', nullif(v -> 'terms_in_file', 'null')
FROM (SELECT CAST(:value AS jsonb) AS v) given
JOIN ops.partner p ON p.key = CAST(:partner AS text)
JOIN ops.customer c ON c.partner_id = p.partner_id AND c.key = CAST(:customer AS text)
ON CONFLICT (customer_id, valid_from) DO UPDATE SET
  tier = excluded.tier, document = excluded.document, in_file = excluded.in_file
