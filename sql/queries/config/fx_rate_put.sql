-- Writes one exchange rate.
-- grain:   one row
-- params:  partner text (the date), customer text (the currency), key text (the base); value jsonb
-- columns: none
-- source:  configuration
INSERT INTO ops.fx_rate (rate_on, currency, base, rate, source)
SELECT CAST(CAST(:partner AS text) AS date), CAST(:customer AS text), CAST(:key AS text), CAST(v ->> 'rate' AS numeric), v ->> 'source'
FROM (SELECT CAST(:value AS jsonb) AS v) given
ON CONFLICT (rate_on, currency, base) DO UPDATE SET rate = excluded.rate, source = excluded.source
