-- D2: which share of the fees is left after what was owed back and what serving cost?
-- grain:   one row per customer, part and currency; months of which something is not known have a row without currency; a customer without a
--          month that is over has one with a null value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (month, tier or null)
-- columns: customer_id int; part, currency text; value float8; numerator (fees less credits less cost), denominator (fees) numeric; unknown,
--          sample bigint (months); low, high float8 (null); credits, cost numeric; minutes numeric; not_sealed, not_decided, not_logged, no_rate
--          bigint (months, by what is missing first)
-- source:  metrics.md D2 (fragments fee_step, effort, served_month): a ratio of sums; a month that is not known is on neither side
WITH
-- include: fee_step
,
-- include: effort
,
-- include: served_month
,
placed AS (
  SELECT
    m.*, CASE CAST(:by AS text) WHEN 'month' THEN m.month WHEN 'tier' THEN coalesce(m.tier, '(none)') ELSE '' END AS part,
    CASE WHEN m.reason IS NULL THEN m.currency END AS told_in
  FROM served_month m
)
SELECT
  p.customer_id, p.part, p.told_in AS currency, CAST(sum(p.fee - p.credits - p.cost) / sum(p.fee) AS float8) AS value,
  sum(p.fee - p.credits - p.cost) AS numerator, sum(p.fee) FILTER (WHERE p.reason IS NULL) AS denominator,
  count(*) FILTER (WHERE p.reason IS NOT NULL) AS unknown, count(*) FILTER (WHERE p.reason IS NULL) AS sample,
  CAST(NULL AS float8) AS low, CAST(NULL AS float8) AS high, sum(p.credits) FILTER (WHERE p.reason IS NULL) AS credits,
  sum(p.cost) FILTER (WHERE p.reason IS NULL) AS cost, sum(p.minutes) FILTER (WHERE p.reason IS NULL) AS minutes,
  count(*) FILTER (WHERE p.reason = 'month not sealed') AS not_sealed, count(*) FILTER (WHERE p.reason = 'credits not decided') AS not_decided,
  count(*) FILTER (WHERE p.reason = 'no minutes logged') AS not_logged,
  count(*) FILTER (WHERE p.reason = 'no hourly cost in its currency') AS no_rate
FROM placed p
GROUP BY p.customer_id, p.part, p.told_in
UNION ALL
SELECT s.customer_id, '', NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0
FROM served s
WHERE CAST(:by AS text) IS NULL AND NOT EXISTS (SELECT FROM placed p WHERE p.customer_id = s.customer_id)
ORDER BY customer_id, part, currency
