-- What was in trouble at the end of every local day that has ended, by what is known now: figure A13 for all days at once, and its money.
-- grain:   one row of pg_temp.balance_now per day for the number (without currency), from the first day that was read or had trouble; and one
--          per currency for the amounts, where unknown counts what is in trouble without an amount
-- params:  customer_id int; until date (the last day)
-- columns: rows written
-- source:  metrics.md A13, from the pieces of its clock (kpi.age_piece); what a person waived is not open while it is waived
WITH
place AS (
  SELECT c.customer_id, c.time_zone, CAST(:until AS date) AS last_day
  FROM ops.customer c
  WHERE c.customer_id = CAST(:customer_id AS int)
),
subject AS MATERIALIZED (
  SELECT
    a.began_on, greatest(a.began_on, a.holds_from) AS from_day, least(a.ended_on, a.holds_to) AS to_day, a.currency, sum(a.n) AS n,
    sum(CASE WHEN a.currency <> '' THEN a.n - a.n_no_value ELSE 0 END) AS valued, sum(a.worth) AS worth
  FROM place p
  JOIN kpi.age_piece a ON a.customer_id = p.customer_id AND a.kind = 'exception_time_to_clear' AND a.began_on <= p.last_day
  WHERE a.customer_id = CAST(:customer_id AS int)
  GROUP BY 1, 2, 3, 4
),
moved AS (
  SELECT m.day, s.currency, m.step * s.n AS n, m.step * s.valued AS valued, m.step * s.worth AS worth
  FROM subject s
  CROSS JOIN LATERAL (VALUES (s.from_day, 1), (s.to_day, -1)) m (day, step)
  JOIN place p ON m.day <= p.last_day
  WHERE s.from_day < s.to_day
),
money AS (
  SELECT s.currency, min(s.began_on) AS day
  FROM subject s
  WHERE s.valued > 0
  GROUP BY s.currency
),
looked AS (
  SELECT min(lower(k.windows)) AS at
  FROM kpi.stream_read k
  WHERE k.customer_id = CAST(:customer_id AS int) AND isfinite(lower(k.windows))
),
change AS (
  SELECT '' AS currency, m.day, m.n AS value, m.n AS sample, CAST(0 AS numeric) AS unknown
  FROM moved m
  UNION ALL
  SELECT '', s.began_on, 0, 0, 0
  FROM subject s
  UNION ALL
  SELECT '', CAST(l.at AT TIME ZONE p.time_zone AS date), 0, 0, 0
  FROM looked l
  JOIN place p ON l.at < CAST(p.last_day + 1 AS timestamp) AT TIME ZONE p.time_zone
  UNION ALL
  SELECT y.currency, y.day, 0, 0, 0
  FROM money y
  UNION ALL
  SELECT m.currency, m.day, m.worth, m.valued, 0
  FROM moved m
  WHERE m.valued <> 0
  UNION ALL
  -- what nobody knows the worth of may be worth something in each of them
  SELECT y.currency, greatest(m.day, y.day), 0, 0, m.n - m.valued
  FROM moved m
  CROSS JOIN money y
  WHERE m.n <> m.valued
),
-- include: balance_series
INSERT INTO pg_temp.balance_now (metric, day, currency, value, unknown, sample)
SELECT
  'exception_backlog', s.day, s.currency, CASE WHEN s.currency = '' OR s.sample > 0 OR s.unknown = 0 THEN s.value END, s.unknown, s.sample
FROM summed s
