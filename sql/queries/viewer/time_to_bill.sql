-- Time to bill: how long approved work waits for its bill, over all work that was open at some time of the period.
-- grain:   one row per customer and part by count (currency null), and one more per currency by money; a customer without work has one
--          row with a null value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (account, project, practice, system or null)
-- columns: customer_id int, part, currency text, value float8 (median seconds; infinity: not reached), numerator (billed),
--          denominator (watched) numeric, unknown, sample bigint, low, high float8 (null); quarter_at, three_quarters_at, half_low,
--          half_high seconds; within_7_days, within_14_days, within_30_days 0..1; mean_within_60_days, watched_up_to seconds;
--          still_open, ended_otherwise numeric; without_value bigint
-- source:  metrics.md C4; Kaplan-Meier with delayed entry, Aalen-Johansen for what is written off (fragments bill_clock, survival)
WITH
-- include: bill_watch
,
-- include: bill_answer
