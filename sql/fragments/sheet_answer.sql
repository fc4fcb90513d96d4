-- The end of a question about time sheets: how long they wait, by part, by entries and by value.
-- expects: step (fragment sheet_clock); parameters customer_ids; since, until, as_of; by (account, project, practice, system or null)
-- gives:   the rows of the question: one per customer and part by entries (currency null), and one more per currency by value; a customer
--          without work has one with a null value
-- source:  metrics.md C9
-- include: sheet_clock
,
-- include: work_name
,
-- include: practice_of
,
part_of AS MATERIALIZED (
  SELECT
    s.*,
    coalesce(kpi.work_part(CAST(:by AS text), s.system_id, s.project_ref, s.account_ref, o.practice), '') AS part
  FROM sheet s
  LEFT JOIN practice_of o ON o.customer_id = s.customer_id AND o.system_id = s.system_id AND o.project_ref = s.project_ref
),
-- include: clock_item
,
-- include: survival
,
-- include: clock_answer
SELECT
  a.customer_id,
  kpi.part_name(CAST(:by AS text), a.part, n.name) AS part,
  a.currency, a.value, a.numerator, a.denominator, a.unknown, a.sample, a.low, a.high, a.quarter_at, a.three_quarters_at, a.half_low,
  a.half_high, a.within_7_days, a.within_14_days, a.within_30_days, a.mean_within_60_days, a.watched_up_to, a.still_open, a.ended_otherwise,
  a.without_value, coalesce(h.hours, 0) AS hours
FROM clock_answer a
LEFT JOIN work_name n ON n.customer_id = a.customer_id AND n.system_id || ' ' || n.ref = a.part
LEFT JOIN (
  SELECT p.customer_id, p.part, m.currency, sum(p.hours) AS hours
  FROM part_of p
  CROSS JOIN LATERAL (SELECT CAST(NULL AS text) AS currency UNION ALL SELECT p.currency WHERE p.currency IS NOT NULL) m
  WHERE p.cause IS NOT NULL
  GROUP BY p.customer_id, p.part, m.currency
) h ON h.customer_id = a.customer_id AND h.part = a.part AND h.currency IS NOT DISTINCT FROM a.currency
ORDER BY customer_id, part, currency NULLS FIRST
