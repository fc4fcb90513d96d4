-- The end of a question about the time to bill: its answer by part, by count and by money.
-- expects: watch (fragment bill_watch or bill_watch_cohort); parameters customer_ids; by (account, project, system or null)
-- gives:   the rows of the question: one per customer and part by count (currency null), and one more per currency by money; a customer without
--          work has one with a null value
-- source:  metrics.md C4
-- include: bill_clock
,
-- include: work_name
,
-- include: bill_item
,
-- include: survival
,
counted AS MATERIALIZED (
  SELECT
    i.customer_id, i.part, i.currency, sum(i.weight) AS watched, count(*) AS pieces,
    coalesce(sum(i.weight) FILTER (WHERE i.cause = 1), 0) AS billed,
    coalesce(sum(i.weight) FILTER (WHERE i.cause = 2), 0) AS ended_otherwise,
    coalesce(sum(i.weight) FILTER (WHERE i.cause = 0), 0) AS still_open
  FROM item i
  GROUP BY i.customer_id, i.part, i.currency
),
unknown AS MATERIALIZED (
  SELECT
    p.customer_id, p.part, m.currency,
    count(*) FILTER (WHERE m.currency IS NULL AND p.cause IS NULL OR m.currency IS NOT NULL AND (p.cause IS NULL OR p.amount IS NULL)) AS unknown,
    count(*) FILTER (WHERE p.amount IS NULL) AS without_value
  FROM part_of p
  CROSS JOIN LATERAL (SELECT CAST(NULL AS text) AS currency UNION ALL SELECT p.currency WHERE p.currency IS NOT NULL) m
  GROUP BY p.customer_id, p.part, m.currency
),
answer AS (
  SELECT
    u.customer_id, w.name AS part, u.currency, s.half_at AS value, n.billed AS numerator, n.watched AS denominator, u.unknown,
    coalesce(n.pieces, 0) AS sample, CAST(NULL AS float8) AS low, CAST(NULL AS float8) AS high,
    s.quarter_at, s.three_quarters_at, s.half_low, s.half_high, s.within_7_days, s.within_14_days, s.within_30_days,
    s.mean_within_60_days, s.watched_up_to, n.still_open, n.ended_otherwise, u.without_value
  FROM unknown u
  JOIN work_part w ON w.customer_id = u.customer_id AND w.part = u.part
  LEFT JOIN counted n ON n.customer_id = u.customer_id AND n.part = u.part AND n.currency IS NOT DISTINCT FROM u.currency
  LEFT JOIN survival_summary s ON s.customer_id = u.customer_id AND s.part = u.part AND s.currency IS NOT DISTINCT FROM u.currency
)
SELECT * FROM answer
UNION ALL
SELECT w.customer_id, '', NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0
FROM watch w
WHERE NOT EXISTS (SELECT FROM piece p WHERE p.customer_id = w.customer_id)
ORDER BY customer_id, part, currency NULLS FIRST
