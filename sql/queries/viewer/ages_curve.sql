-- The curve of a duration in days, from what was added up: for long periods and for many customers.
-- grain:   one row per customer, part, currency (null: by count) and age in days at which something happened
-- params:  customer_ids int[]; kind text (key of the metric); first_day, last_day date (local to each customer); as_of timestamptz (null: now); by
--          text (project, practice or null); together boolean (all customers as one)
-- columns: customer_id int (0: all together); part, currency text; age_days int; billed (reached the end), ended_otherwise, open float8 (shares of
--          all, adding up to 1, at the end of that day); at_risk numeric
-- source:  metrics.md 4.1 (fragments age_item, survival)
WITH
-- include: age_item
,
-- include: survival
,
-- include: work_name
SELECT
  s.customer_id, kpi.part_name(CAST(:by AS text), s.part, n.name) AS part,
  s.currency, CAST(round(s.at / 86400) AS int) AS age_days, s.incidence AS billed, s.lost_incidence AS ended_otherwise,
  s.survival AS open, s.at_risk
FROM survival_step s
LEFT JOIN work_name n ON n.system_id || ' ' || n.ref = s.part AND (s.customer_id = 0 OR n.customer_id = s.customer_id)
WHERE s.closed + s.lost > 0 OR s.next_at IS NULL
ORDER BY s.customer_id, 2, s.currency NULLS FIRST, s.at
