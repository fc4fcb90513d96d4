-- How many transactions were due and not done at the end of every local day that has ended, by what is known now: figure A10 for all days at once.
-- grain:   one row of pg_temp.balance_now per day for the number (without currency), from the first day on which a run was due; and one per
--          currency for what they are worth, where unknown counts those without an amount
-- params:  customer_id int; metric text (backlog); until date (the last day)
-- columns: rows written
-- source:  metrics.md A10 (fragment balance_of_steps)
WITH
-- include: balance_of_steps
INSERT INTO pg_temp.balance_now (metric, day, currency, value, unknown, sample)
SELECT CAST(:metric AS text), s.day, s.currency, s.value, CASE WHEN s.currency = '' THEN 0 ELSE n.unknown END, s.sample
FROM summed s
JOIN summed n ON n.day = s.day AND n.currency = ''
WHERE s.currency = '' OR s.sample > 0
