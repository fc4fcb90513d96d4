-- Keeps the balances that are new or other than what was known.
-- grain:   one row of ops.balance_day
-- params:  customer_id int; now timestamptz
-- columns: rows written
-- source:  pg_temp.balance_now
INSERT INTO ops.balance_day (customer_id, metric, day, currency, value, unknown, sample, known_from)
SELECT CAST(:customer_id AS int), n.metric, n.day, n.currency, n.value, n.unknown, n.sample, CAST(:now AS timestamptz)
FROM pg_temp.balance_now n
WHERE NOT EXISTS (
  SELECT FROM ops.balance_day b
  WHERE b.customer_id = CAST(:customer_id AS int) AND b.metric = n.metric AND b.day = n.day AND b.currency = n.currency AND b.known_to = 'infinity')
