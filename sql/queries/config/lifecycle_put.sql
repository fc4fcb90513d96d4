-- Writes the stages of one customer's life.
-- grain:   one row per stage
-- params:  partner, customer text; value jsonb
-- columns: none
-- source:  configuration
INSERT INTO ops.lifecycle_stage (customer_id, valid_from, stage)
SELECT c.customer_id, CAST(s.item ->> 'valid_from' AS date), s.item ->> 'stage'
FROM (SELECT CAST(:value AS jsonb) AS v) given
JOIN ops.partner p ON p.key = CAST(:partner AS text)
JOIN ops.customer c ON c.partner_id = p.partner_id AND c.key = CAST(:customer AS text)
CROSS JOIN LATERAL jsonb_array_elements(given.v -> 'stages') s (item)
ON CONFLICT (customer_id, valid_from) DO UPDATE SET stage = excluded.stage
