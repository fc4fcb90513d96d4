-- The answer of a duration: quartiles of its curve beside what was watched, what is open and what nobody knows.
-- expects: watch; part_of (customer_id, part, currency, amount, cause); item and survival_summary (fragment survival)
-- gives:   clock_answer, one row per customer and part by count (currency null), and one per currency by money; a customer without any
--          has one row with a null value
-- source:  [ours] as the figure's
clock_count AS MATERIALIZED (
  SELECT
    i.customer_id, i.part, i.currency, sum(i.weight) AS watched, count(*) AS pieces,
    coalesce(sum(i.weight) FILTER (WHERE i.cause = 1), 0) AS reached,
    coalesce(sum(i.weight) FILTER (WHERE i.cause = 2), 0) AS ended_otherwise,
    coalesce(sum(i.weight) FILTER (WHERE i.cause = 0), 0) AS still_open
  FROM item i
  GROUP BY i.customer_id, i.part, i.currency
),
clock_unknown AS MATERIALIZED (
  SELECT
    p.customer_id, p.part, m.currency,
    count(*) FILTER (WHERE p.cause IS NULL OR m.currency IS NOT NULL AND p.amount IS NULL) AS unknown,
    count(*) FILTER (WHERE p.amount IS NULL OR p.currency IS NULL) AS without_value
  FROM part_of p
  CROSS JOIN LATERAL (SELECT CAST(NULL AS text) AS currency UNION ALL SELECT p.currency WHERE p.currency IS NOT NULL) m
  GROUP BY p.customer_id, p.part, m.currency
),
clock_answer AS (
  SELECT
    u.customer_id, u.part, u.currency, s.half_at AS value, n.reached AS numerator, n.watched AS denominator, u.unknown,
    coalesce(n.pieces, 0) AS sample, CAST(NULL AS float8) AS low, CAST(NULL AS float8) AS high,
    s.quarter_at, s.three_quarters_at, s.half_low, s.half_high, s.within_7_days, s.within_14_days, s.within_30_days,
    s.mean_within_60_days, s.watched_up_to, n.still_open, n.ended_otherwise, u.without_value
  FROM clock_unknown u
  LEFT JOIN clock_count n ON n.customer_id = u.customer_id AND n.part = u.part AND n.currency IS NOT DISTINCT FROM u.currency
  LEFT JOIN survival_summary s ON s.customer_id = u.customer_id AND s.part = u.part AND s.currency IS NOT DISTINCT FROM u.currency
  UNION ALL
  SELECT w.customer_id, '', NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0
  FROM watch w
  WHERE NOT EXISTS (SELECT FROM part_of p WHERE p.customer_id = w.customer_id)
)
