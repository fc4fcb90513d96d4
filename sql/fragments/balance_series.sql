-- The days of a stock from what changed on each of them.
-- expects: place (last_day date), one row; change (currency text, day date, value, sample, unknown numeric): by how much the end of the day
--          is other than that of the day before
-- gives:   summed, one row per currency and day, from the first day of its changes to the last day
-- source:  [ours] a stock is the sum of all its changes so far
first AS (
  SELECT c.currency, least(coalesce(min(c.day) FILTER (WHERE isfinite(c.day)), p.last_day), p.last_day) AS day
  FROM change c
  CROSS JOIN place p
  GROUP BY c.currency, p.last_day
),
changed AS (
  SELECT c.currency, greatest(c.day, f.day) AS day, sum(c.value) AS value, sum(c.sample) AS sample, sum(c.unknown) AS unknown
  FROM change c
  JOIN first f ON f.currency = c.currency
  GROUP BY c.currency, greatest(c.day, f.day)
),
summed AS (
  SELECT
    f.currency, CAST(d.day AS date) AS day, sum(coalesce(g.value, 0)) OVER so_far AS value, sum(coalesce(g.sample, 0)) OVER so_far AS sample,
    sum(coalesce(g.unknown, 0)) OVER so_far AS unknown
  FROM first f
  CROSS JOIN place p
  CROSS JOIN LATERAL generate_series(CAST(f.day AS timestamp), CAST(p.last_day AS timestamp), interval '1 day') d (day)
  LEFT JOIN changed g ON g.currency = f.currency AND g.day = CAST(d.day AS date)
  WINDOW so_far AS (PARTITION BY f.currency ORDER BY d.day)
)
