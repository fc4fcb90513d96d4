-- A14: are there more exceptions than is usual on such a day, or fewer?
-- grain:   one row per customer and part; of the last day that is over, by 'day' of every day of the period
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (null, class, flow, day, hours)
-- columns: customer_id int; part, currency text; value float8 (robust z; null: see why); numerator numeric (exceptions of the day), denominator
--          numeric (null); unknown, sample bigint (comparable days); low, high float8 (null); beside them day date, day_class text, usual,
--          from_usual, to_usual float8 (the middle, and four spreads around it), is_unusual (above four, and at least five more or fewer),
--          is_alert boolean (unusual, and so was one of the two days, or by hours of the two bands, before); why text (not read, learning);
--          compared_with text (null: days of its kind alone); comparable_day date[], comparable_y bigint[] (its own days); held_since date (days from
--          then on are no comparison: an incident is open)
-- source:  metrics.md A14; fragment exception_day
WITH
judged_since AS (SELECT CASE WHEN CAST(:by AS text) = 'day' THEN CAST(:since AS timestamptz) END AS at),
-- include: exception_day
SELECT
  d.customer_id, CASE WHEN CAST(:by AS text) = 'day' THEN to_char(d.day, 'YYYY-MM-DD') ELSE d.part END AS part, CAST(NULL AS text) AS currency,
  CASE WHEN d.is_read THEN d.z END AS value, CASE WHEN d.is_read OR d.y > 0 THEN CAST(d.y AS numeric) END AS numerator,
  CAST(NULL AS numeric) AS denominator, CAST(0 AS bigint) AS unknown, d.n AS sample, CAST(NULL AS float8) AS low, CAST(NULL AS float8) AS high,
  d.day, d.day_class, exp(d.middle) - 1 AS usual, CASE WHEN d.spread IS NOT NULL THEN greatest(0, exp(d.middle - 4 * d.spread) - 1) END AS from_usual,
  exp(d.middle + 4 * d.spread) - 1 AS to_usual, d.is_unusual,
  d.is_alert, CASE WHEN NOT d.is_read THEN 'not read' WHEN d.z IS NULL THEN 'learning' END AS why, d.compared_with, d.comparable_day, d.comparable_y,
  d.held_since
FROM exception_day d
JOIN trend_look l ON l.customer_id = d.customer_id
CROSS JOIN judged_since j
WHERE d.day >= coalesce(CAST(j.at AT TIME ZONE l.time_zone AS date), l.last_day)
ORDER BY d.customer_id, 2
