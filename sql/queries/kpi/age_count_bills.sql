-- Adds up how long what was ready to be billed waited until its invoice was sent, in days: the clock of figure C5.
-- grain:   one row of pg_temp.age_now per cell; of each project, and of all together
-- params:  customer_id int; customer_ids int[] (the same one)
-- columns: rows written
-- source:  metrics.md C5 (fragments due, invoice_cycle), as it is known now: a bill that was taken back was none
WITH
watch AS (
  SELECT
    c.customer_id, CAST('-infinity' AS timestamptz) AS observed_from, CAST('-infinity' AS timestamptz) AS settled_from,
    kpi.as_of() + interval '1 microsecond' AS observed_to, c.time_zone
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
),
-- include: invoice_cycle
,
told AS (
  SELECT
    y.system_id || ' ' || coalesce(y.project_ref, '') AS project, coalesce(y.currency, '') AS currency, y.amount,
    CAST(y.ready_at AT TIME ZONE w.time_zone AS date) AS began_on,
    CASE WHEN y.cause IN (1, 2) THEN CAST(greatest(y.ends_at, y.ready_at) AT TIME ZONE w.time_zone AS date) ELSE CAST('infinity' AS date) END AS ended_on,
    coalesce(y.cause, 3) AS cause
  FROM watch w
  JOIN cycle y ON y.customer_id = w.customer_id
)
INSERT INTO pg_temp.age_now (project, currency, began_on, ended_on, cause, holds_from, holds_to, away_from, away_to, n, n_no_value, amount)
SELECT
  coalesce(t.project, ''), t.currency, t.began_on, t.ended_on, t.cause, '-infinity', 'infinity', '{}', '{}', count(*),
  count(*) FILTER (WHERE t.amount IS NULL),
  coalesce(sum(t.amount) FILTER (WHERE t.amount > 0 AND t.currency <> ''), 0)
FROM told t
GROUP BY GROUPING SETS ((t.project, t.currency, t.began_on, t.ended_on, t.cause), (t.currency, t.began_on, t.ended_on, t.cause))
