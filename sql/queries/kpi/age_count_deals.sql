-- Adds up how long won deals waited for their project, in days: the clock of figure C2, in days of the calendar whatever the promise counts.
-- grain:   one row of pg_temp.age_now per cell
-- params:  customer_id int; customer_ids int[] (the same one)
-- columns: rows written
-- source:  metrics.md C2 (fragments creation, ready_clock), as it is known now: a project that is gone was none
WITH
watch AS (
  SELECT c.customer_id, CAST('infinity' AS timestamptz) AS at, CAST('-infinity' AS timestamptz) AS observed_from, c.time_zone
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
),
look AS (SELECT w.customer_id, w.at, CAST('-infinity' AS timestamptz) AS won_from FROM watch w),
-- include: creation
,
told AS (
  SELECT
    CAST(c.won_at AT TIME ZONE w.time_zone AS date) AS began_on, c.amount, coalesce(c.currency, '') AS currency,
    CAST(CASE WHEN v.cause = 1 THEN greatest(c.ready_at, c.won_at) ELSE greatest(c.unwon_at, c.won_at) END AT TIME ZONE w.time_zone AS date) AS ended_on,
    v.cause
  FROM watch w
  JOIN creation c ON c.customer_id = w.customer_id
  CROSS JOIN LATERAL (
    SELECT CASE
      WHEN NOT c.is_won_at_known OR c.ready_at IS NULL AND c.suggestions > 0 THEN 3
      WHEN c.ready_at IS NOT NULL THEN 1
      WHEN c.unwon_at < 'infinity' THEN 2
      WHEN c.read_until < c.won_at THEN 3
      ELSE 0
    END AS cause
  ) v
  WHERE c.customer_id = CAST(:customer_id AS int)
)
INSERT INTO pg_temp.age_now (project, currency, began_on, ended_on, cause, holds_from, holds_to, away_from, away_to, n, n_no_value, amount)
SELECT
  '', t.currency, t.began_on, t.ended_on, t.cause, '-infinity', 'infinity', '{}', '{}', count(*), count(*) FILTER (WHERE t.amount IS NULL),
  coalesce(sum(t.amount) FILTER (WHERE t.amount > 0 AND t.currency <> ''), 0)
FROM told t
GROUP BY t.currency, t.began_on, t.ended_on, t.cause
