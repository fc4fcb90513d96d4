-- What unbilled work was worth, or what was owed, at the end of every local day that has ended, by what is known now: figures C7 and C16.
-- grain:   one row of pg_temp.balance_now per day and currency, from the first day on which there was something in it
-- params:  customer_id int; metric text (unbilled_time or days_sales_outstanding); until date (the last day)
-- columns: rows written
-- source:  metrics.md C7 and C16 (fragment balance_of_steps)
WITH
-- include: balance_of_steps
INSERT INTO pg_temp.balance_now (metric, day, currency, value, unknown, sample)
SELECT
  CAST(:metric AS text), s.day, s.currency, CASE WHEN s.sample > 0 THEN s.value WHEN s.unknown = 0 AND s.currency <> '' THEN 0 END, s.unknown, s.sample
FROM summed s
-- what has no currency has something to say only while it waits
WHERE s.currency <> '' OR s.unknown > 0
