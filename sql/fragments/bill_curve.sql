-- The end of a question about the time to bill: its curve by days of age.
-- expects: watch (fragment bill_watch or bill_watch_cohort); parameters customer_ids; by (account, project, system or null)
-- gives:   the rows of the question: one per customer, part, currency (null: by count) and day of age, up to the longest observation
-- include: bill_clock
,
-- include: work_name
,
-- include: bill_item
,
-- include: survival
SELECT DISTINCT ON (s.customer_id, s.part, s.currency, ceil(s.at / 86400))
  s.customer_id, w.name AS part, s.currency, CAST(ceil(s.at / 86400) AS int) AS age_days,
  s.incidence AS billed, s.lost_incidence AS ended_otherwise, s.survival AS open, s.at_risk
FROM survival_step s
JOIN work_part w ON w.customer_id = s.customer_id AND w.part = s.part
ORDER BY s.customer_id, s.part, s.currency, ceil(s.at / 86400), s.at DESC
