-- How many transactions were due and not done at the end of one local day, seen from there: figure A10.
-- grain:   one row of pg_temp.balance_now for the number (without currency), and one per currency for what they are worth, where unknown counts
--          those without an amount
-- params:  customer_ids int[] (one customer); day date; looked at from kpi.as_of(), the last instant of that day
-- columns: rows written
-- source:  metrics.md A10 (fragment open_transaction)
WITH
-- include: open_transaction
INSERT INTO pg_temp.balance_now (metric, day, currency, value, unknown, sample)
SELECT 'backlog', CAST(:day AS date), '', count(t.customer_id), 0, count(t.customer_id)
FROM run_read r
LEFT JOIN open_transaction t ON t.customer_id = r.customer_id
GROUP BY r.customer_id
UNION ALL
SELECT
  'backlog', CAST(:day AS date), m.currency, sum(t.amount) FILTER (WHERE t.currency = m.currency), count(*) FILTER (WHERE t.amount IS NULL),
  count(*) FILTER (WHERE t.currency = m.currency)
FROM (SELECT DISTINCT o.currency FROM open_transaction o WHERE o.amount IS NOT NULL AND o.currency IS NOT NULL) m
CROSS JOIN open_transaction t
GROUP BY m.currency
