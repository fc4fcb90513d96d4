-- Percentiles of a duration in days, from what was added up: for long periods and for many customers.
-- grain:   one row per customer and part by count (currency null), and one more per currency by money; none where nothing was watched
-- params:  customer_ids int[]; kind text (key of the metric); first_day, last_day date (local to each customer); as_of timestamptz (null: now); by
--          text (project, practice or null); together boolean (all customers as one)
-- columns: customer_id int (0: all together); part, currency text; value float8 (median days; infinity: not reached); quarter_at,
--          three_quarters_at, ninety_at float8 (days); half_low, half_high float8 (days; null beside anything that ended otherwise); numerator
--          (reached), denominator (watched), still_open, ended_otherwise numeric; unknown bigint (pieces of which nobody knows; beside money
--          those of that currency, and those without an amount); within_7_days, within_14_days, within_30_days 0..1 (null: nobody was watched that long); first_day, last_day
--          date
-- source:  metrics.md 4.1 (fragments age_item, survival)
WITH
-- include: age_item
,
-- include: survival
,
-- include: survival_tail
,
-- include: work_name
,
counted AS (
  SELECT
    i.customer_id, i.part, i.currency, sum(i.weight) AS watched, coalesce(sum(i.weight) FILTER (WHERE i.cause = 1), 0) AS reached,
    coalesce(sum(i.weight) FILTER (WHERE i.cause = 2), 0) AS ended_otherwise, coalesce(sum(i.weight) FILTER (WHERE i.cause = 0), 0) AS still_open
  FROM item i
  GROUP BY i.customer_id, i.part, i.currency
),
unknown AS (
  SELECT a.customer_id, a.part, m.currency, sum(CASE WHEN a.cause = 3 THEN a.n WHEN m.currency IS NOT NULL THEN a.n_no_value ELSE 0 END) AS n
  FROM age_cell_then a
  CROSS JOIN LATERAL (SELECT CAST(NULL AS text) AS currency UNION ALL SELECT a.currency WHERE a.currency <> '') m
  GROUP BY a.customer_id, a.part, m.currency
),
asked AS (
  SELECT CASE WHEN CAST(:together AS boolean) THEN 0 ELSE l.customer_id END AS customer_id, min(l.first_day) AS first_day, max(l.last_day) AS last_day
  FROM age_look l
  GROUP BY 1
)
SELECT
  k.customer_id, kpi.part_name(CAST(:by AS text), k.part, n.name) AS part, k.currency,
  s.half_at / 86400 AS value, s.quarter_at / 86400 AS quarter_at, s.three_quarters_at / 86400 AS three_quarters_at,
  t.ninety_at / 86400 AS ninety_at, s.half_low / 86400 AS half_low, s.half_high / 86400 AS half_high, c.reached AS numerator, c.watched AS denominator,
  c.still_open, c.ended_otherwise, CAST(coalesce(u.n, 0) AS bigint) AS unknown, s.within_7_days, s.within_14_days, s.within_30_days, q.first_day,
  q.last_day
FROM (
  SELECT c.customer_id, c.part, c.currency FROM counted c
  UNION
  SELECT u.customer_id, u.part, u.currency FROM unknown u
) k
JOIN asked q ON q.customer_id = k.customer_id
LEFT JOIN counted c ON c.customer_id = k.customer_id AND c.part = k.part AND c.currency IS NOT DISTINCT FROM k.currency
LEFT JOIN unknown u ON u.customer_id = k.customer_id AND u.part = k.part AND u.currency IS NOT DISTINCT FROM k.currency
LEFT JOIN survival_summary s ON s.customer_id = k.customer_id AND s.part = k.part AND s.currency IS NOT DISTINCT FROM k.currency
LEFT JOIN survival_tail t ON t.customer_id = k.customer_id AND t.part = k.part AND t.currency IS NOT DISTINCT FROM k.currency
LEFT JOIN work_name n ON n.system_id || ' ' || n.ref = k.part AND (k.customer_id = 0 OR n.customer_id = k.customer_id)
ORDER BY k.customer_id, 2, k.currency NULLS FIRST
