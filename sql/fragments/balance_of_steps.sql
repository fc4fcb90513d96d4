-- The days of a stock from its steps, which were told subject by subject.
-- expects: params customer_id int; metric text; until date (the last day)
-- gives:   summed (fragment balance_series)
-- source:  kpi.balance_step
place AS (SELECT CAST(:until AS date) AS last_day),
change AS (
  SELECT s.day, s.currency, sum(s.value) AS value, sum(s.sample) AS sample, sum(s.unknown) AS unknown
  FROM place p
  JOIN kpi.balance_step s ON s.day <= p.last_day
  WHERE s.customer_id = CAST(:customer_id AS int) AND s.metric = CAST(:metric AS text)
  GROUP BY s.day, s.currency
),
-- include: balance_series
