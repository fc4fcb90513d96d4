-- The end of a question about the time to bill: its answer by part, by count and by money.
-- expects: watch (fragment bill_watch or bill_watch_cohort); parameters customer_ids; by (account, project, system or null)
-- gives:   the rows of the question: one per customer and part by count (currency null), and one more per currency by money; a customer without
--          work has one with a null value
-- source:  metrics.md C4
-- include: bill_part
,
-- include: clock_by_work
