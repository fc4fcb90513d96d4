-- What running projects still had to deliver at the end of every local day that has ended, by what is known now: figure C18 for all days at once.
-- grain:   one row of pg_temp.balance_now per day for the number of projects (without currency), from the day of the first project; and one per
--          currency for what is left of their budgets
-- params:  customer_id int; metric text (delivery_backlog); until date (the last day)
-- columns: rows written
-- source:  product.md, backlog of sold work (fragment balance_of_steps)
WITH
-- include: balance_of_steps
INSERT INTO pg_temp.balance_now (metric, day, currency, value, unknown, sample)
SELECT CAST(:metric AS text), s.day, s.currency, CASE WHEN s.currency <> '' OR s.sample > 0 THEN s.value END, s.unknown, s.sample
FROM summed s
WHERE s.currency = '' OR s.sample > 0 OR s.value > 0
