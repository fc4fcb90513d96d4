-- Tells how long what was ready to be billed waited until its invoice was sent, in days: the clock of figure C5.
-- grain:   one row of kpi.age_piece per listed subject, project, currency, day and way it ended
-- params:  customer_id int; customer_ids int[] (the same one)
-- columns: rows written
-- source:  metrics.md C5 (fragments due_of_work, cycle_of_due), as it is known now: a bill that was taken back was none. It is told up to a day
--          that is far enough away for nothing to change because time passes; no reader asks for days that have not ended
WITH
watch AS (
  SELECT
    c.customer_id, CAST('-infinity' AS timestamptz) AS observed_from,
    (date_trunc('year', kpi.as_of() AT TIME ZONE c.time_zone) + interval '2 years') AT TIME ZONE c.time_zone AS observed_to, c.time_zone
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
),
-- include: work_month
,
work_watched AS (
  SELECT w.*
  FROM work_month m
  JOIN kpi.work w ON w.customer_id = CAST(:customer_id AS int) AND w.system_id = m.system_id AND coalesce(w.project_ref, '') = m.project_ref
    AND w.worked_on >= m.month AND w.worked_on < m.month + interval '1 month'
  WHERE w.customer_id = CAST(:customer_id AS int)
),
-- include: due_of_work
,
-- include: cycle_of_due
,
told AS (
  SELECT
    CASE WHEN y.kind = 'time' THEN y.system_id || ' ' || y.month || ' ' || coalesce(y.project_ref, '') ELSE 'agreed' END AS subject,
    y.system_id || ' ' || coalesce(y.project_ref, '') AS project, coalesce(y.currency, '') AS currency, y.amount,
    CAST(y.ready_at AT TIME ZONE w.time_zone AS date) AS began_on,
    CASE WHEN y.cause IN (1, 2) THEN CAST(greatest(y.ends_at, y.ready_at) AT TIME ZONE w.time_zone AS date) ELSE CAST('infinity' AS date) END AS ended_on,
    coalesce(y.cause, 3) AS cause
  FROM watch w
  JOIN cycle y ON y.customer_id = w.customer_id
)
INSERT INTO kpi.age_piece (customer_id, kind, subject, project, currency, began_on, ended_on, cause, holds_from, holds_to, n, n_no_value, amount)
SELECT
  CAST(:customer_id AS int), 'invoice_cycle_time', t.subject, t.project, t.currency, t.began_on, t.ended_on, t.cause, '-infinity', 'infinity', count(*),
  count(*) FILTER (WHERE t.amount IS NULL), coalesce(sum(t.amount) FILTER (WHERE t.amount > 0 AND t.currency <> ''), 0)
FROM told t
GROUP BY t.subject, t.project, t.currency, t.began_on, t.ended_on, t.cause
