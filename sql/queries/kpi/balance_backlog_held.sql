-- Takes over the balances of waiting transactions of the days that are not looked at again.
-- grain:   one row of pg_temp.balance_now per day and currency
-- params:  customer_id int; since date (the first day that is looked at again)
-- columns: rows written
-- source:  ops.balance_day, as it is known now
INSERT INTO pg_temp.balance_now (metric, day, currency, value, unknown, sample)
SELECT b.metric, b.day, b.currency, b.value, b.unknown, b.sample
FROM ops.balance_day b
WHERE b.customer_id = CAST(:customer_id AS int) AND b.metric = 'backlog' AND b.known_to = 'infinity' AND b.day < CAST(:since AS date)
