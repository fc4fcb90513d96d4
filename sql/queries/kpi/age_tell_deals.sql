-- Tells how long won deals waited for their project, in days: the clock of figure C2, in days of the calendar whatever the promise counts.
-- grain:   one row of kpi.age_piece per listed deal that is there
-- params:  customer_id int; customer_ids int[] (the same one)
-- columns: rows written
-- source:  metrics.md C2 (fragments creation_of_won, ready_clock), as it is known now: a project that is gone was none
WITH
look AS (
  SELECT c.customer_id, CAST('infinity' AS timestamptz) AS at, c.time_zone
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
),
-- include: listed_record
,
won_watched AS (
  SELECT w.*
  FROM listed_record s
  JOIN kpi.won_opportunity w ON w.customer_id = CAST(:customer_id AS int) AND w.system_id = s.system_id AND w.opportunity_id = s.source_id
  WHERE w.customer_id = CAST(:customer_id AS int)
),
-- include: creation_of_won
,
told AS (
  SELECT
    c.system_id || ' ' || c.opportunity_id AS subject, CAST(c.won_at AT TIME ZONE k.time_zone AS date) AS began_on, c.amount,
    coalesce(c.currency, '') AS currency,
    CAST(CASE WHEN v.cause = 1 THEN greatest(c.ready_at, c.won_at) ELSE greatest(c.unwon_at, c.won_at) END AT TIME ZONE k.time_zone AS date) AS ended_on,
    v.cause
  FROM look k
  JOIN creation c ON c.customer_id = k.customer_id
  CROSS JOIN LATERAL (
    SELECT CASE
      WHEN NOT c.is_won_at_known OR c.ready_at IS NULL AND c.suggestions > 0 THEN 3
      WHEN c.ready_at IS NOT NULL THEN 1
      WHEN c.unwon_at < 'infinity' THEN 2
      WHEN c.read_until < c.won_at THEN 3
      ELSE 0
    END AS cause
  ) v
)
INSERT INTO kpi.age_piece (customer_id, kind, subject, project, currency, began_on, ended_on, cause, holds_from, holds_to, n, n_no_value, amount)
SELECT
  CAST(:customer_id AS int), 'project_ready_time', t.subject, '', t.currency, t.began_on, t.ended_on, t.cause, '-infinity', 'infinity', 1,
  CAST(t.amount IS NULL AS int), CASE WHEN t.amount > 0 AND t.currency <> '' THEN t.amount ELSE 0 END
FROM told t
