-- The end of a question about a duration of work: its answer by part, each part by its name.
-- expects: watch; part_of (customer_id, part, currency, amount, entry, t, cause), its parts as kpi.work_part says them; work_name; parameter by
-- gives:   the rows of the question: one per customer and part by count (currency null), and one more per currency by money; a customer
--          without work has one with a null value
-- source:  [ours] as the figure's
-- include: clock_item
,
-- include: survival
,
-- include: clock_answer
SELECT
  a.customer_id, kpi.part_name(CAST(:by AS text), a.part, n.name) AS part, a.currency, a.value, a.numerator, a.denominator, a.unknown, a.sample,
  a.low, a.high, a.quarter_at, a.three_quarters_at, a.half_low, a.half_high, a.within_7_days, a.within_14_days, a.within_30_days,
  a.mean_within_60_days, a.watched_up_to, a.still_open, a.ended_otherwise, a.without_value
FROM clock_answer a
LEFT JOIN work_name n ON n.customer_id = a.customer_id AND n.system_id || ' ' || n.ref = a.part
ORDER BY customer_id, part, currency NULLS FIRST
