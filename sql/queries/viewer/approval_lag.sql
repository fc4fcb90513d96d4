-- Approval lag: how long handed-in work waits for its approval, over all that waited at some time of the period.
-- grain:   one row per customer and part by entries (currency null), and one more per currency by value; a customer without work has one row
--          with a null value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (account, project, practice, system or null)
-- columns: customer_id int; part, currency text; value float8 (median seconds; infinity: not reached); numerator (approved), denominator
--          (watched) numeric; unknown, sample bigint; low, high float8 (null); quarter_at, three_quarters_at, half_low, half_high seconds;
--          within_7_days, within_14_days, within_30_days 0..1; mean_within_60_days, watched_up_to seconds; still_open, ended_otherwise
--          numeric; without_value bigint; hours numeric (watched)
-- source:  metrics.md C9; Kaplan-Meier with delayed entry (fragments sheet_clock, survival)
WITH
step AS (SELECT CAST('approval' AS text) AS name, CAST('approved' AS text) AS done),
-- include: sheet_answer
