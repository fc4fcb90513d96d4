-- What unbilled work was worth at the end of every local day that has ended, by what is known now: figure C7 for all days at once.
-- grain:   one row of pg_temp.balance_now per day and currency, from the first day on which there was work in it
-- params:  customer_id int; until date (the last day)
-- columns: rows written
-- source:  metrics.md C7, from kpi.balance_step
WITH
place AS (SELECT CAST(:until AS date) AS last_day),
change AS (
  SELECT s.day, s.currency, sum(s.value) AS value, sum(s.sample) AS sample, sum(s.unknown) AS unknown
  FROM place p
  JOIN kpi.balance_step s ON s.day <= p.last_day
  WHERE s.customer_id = CAST(:customer_id AS int) AND s.metric = 'unbilled_time'
  GROUP BY s.day, s.currency
),
-- include: balance_series
INSERT INTO pg_temp.balance_now (metric, day, currency, value, unknown, sample)
SELECT 'unbilled_time', s.day, s.currency, CASE WHEN s.sample > 0 THEN s.value WHEN s.unknown = 0 AND s.currency <> '' THEN 0 END, s.unknown, s.sample
FROM summed s
-- work without a currency has something to say only while it waits
WHERE s.currency <> '' OR s.unknown > 0
