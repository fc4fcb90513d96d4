-- What was open at the end of each day of a period, by how long it had been, as it stood then.
-- grain:   one row per customer, currency ('' of what has none), local day that has ended and band of age
-- params:  customer_ids int[]; kind text (key of the metric); first_day, last_day date (local to each customer); as_of timestamptz (null: now);
--          together boolean (all customers as one)
-- columns: customer_id int (0: all together); day date; currency text (null: of what has none); band text (0-30, 31-60, 61-90, 91+ days); n bigint;
--          amount numeric (of those that are worth something)
-- source:  metrics.md section 7: open_age by day; a cell is counted from the day on which it enters a band to the one on which it leaves it
WITH
look AS (
  SELECT
    c.customer_id, CAST(:first_day AS date) AS first_day,
    least(CAST(:last_day AS date), CAST((coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond')
      AT TIME ZONE c.time_zone AS date) - 1) AS last_day
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
),
change AS (
  SELECT
    CASE WHEN CAST(:together AS boolean) THEN 0 ELSE a.customer_id END AS customer_id, a.currency, b.band, greatest(x.day, l.first_day) AS day,
    sum(x.sign * a.n) AS n, sum(x.sign * a.amount) AS amount
  FROM look l
  JOIN kpi.age_cell a ON a.customer_id = l.customer_id AND a.kind = CAST(:kind AS text) AND a.project = '' AND a.cause <> 3
    AND a.began_on <= l.last_day AND a.ended_on > l.first_day AND a.holds_to > l.first_day
  CROSS JOIN (VALUES ('0-30', 0, 31), ('31-60', 31, 61), ('61-90', 61, 91), ('91+', 91, NULL)) b (band, from_age, to_age)
  CROSS JOIN LATERAL (
    SELECT
      greatest(a.began_on + b.from_age, a.holds_from) AS from_day,
      least(coalesce(a.began_on + b.to_age, CAST('infinity' AS date)), a.ended_on, a.holds_to) AS to_day
  ) v
  CROSS JOIN LATERAL (VALUES (v.from_day, 1), (v.to_day, -1)) x (day, sign)
  WHERE a.customer_id = ANY (CAST(:customer_ids AS int[])) AND v.from_day < v.to_day AND v.to_day > l.first_day AND x.day <= l.last_day
  GROUP BY 1, 2, 3, 4
),
span AS (
  SELECT CASE WHEN CAST(:together AS boolean) THEN 0 ELSE l.customer_id END AS customer_id, min(l.first_day) AS first_day, max(l.last_day) AS last_day
  FROM look l
  GROUP BY 1
),
-- one pile instead of a join: its cost follows the number of days, whatever the planner thinks of it
pile AS (
  SELECT c.customer_id, c.currency, c.band, c.day, c.n, c.amount
  FROM change c
  UNION ALL
  SELECT s.customer_id, y.currency, b.band, CAST(d.day AS date), 0, 0
  FROM span s
  JOIN (SELECT DISTINCT c.customer_id, c.currency FROM change c) y ON y.customer_id = s.customer_id
  CROSS JOIN (VALUES ('0-30'), ('31-60'), ('61-90'), ('91+')) b (band)
  CROSS JOIN LATERAL generate_series(CAST(s.first_day AS timestamp), CAST(s.last_day AS timestamp), interval '1 day') d (day)
)
SELECT
  p.customer_id, p.day, nullif(p.currency, '') AS currency, p.band, CAST(sum(sum(p.n)) OVER so_far AS bigint) AS n, sum(sum(p.amount)) OVER so_far AS amount
FROM pile p
GROUP BY p.customer_id, p.currency, p.band, p.day
WINDOW so_far AS (PARTITION BY p.customer_id, p.currency, p.band ORDER BY p.day)
ORDER BY p.customer_id, p.day, p.currency, p.band
