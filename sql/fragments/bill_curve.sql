-- The end of a question about the time to bill: its curve by days of age.
-- expects: watch (fragment bill_watch); parameters customer_ids; by (account, project, practice, system or null)
-- gives:   the rows of the question: one per customer, part, currency (null: by count) and day of age, up to the longest observation
-- include: bill_part
,
-- include: clock_item
,
-- include: survival
SELECT DISTINCT ON (s.customer_id, s.part, s.currency, ceil(s.at / 86400))
  s.customer_id, kpi.part_name(CAST(:by AS text), s.part, n.name) AS part, s.currency, CAST(ceil(s.at / 86400) AS int) AS age_days,
  s.incidence AS billed, s.lost_incidence AS ended_otherwise, s.survival AS open, s.at_risk
FROM survival_step s
LEFT JOIN work_name n ON n.customer_id = s.customer_id AND n.system_id || ' ' || n.ref = s.part
ORDER BY s.customer_id, s.part, s.currency, ceil(s.at / 86400), s.at DESC
