-- Adds up how long the time that began to wait on some days waited to be handed in, or for its approval, in days: the clocks of figures C9 and C9b.
-- grain:   one row of pg_temp.age_now per cell of either clock, of all projects together
-- params:  customer_id int
-- columns: rows written
-- source:  metrics.md C9 (fragment sheet_clock): handed in on the day of the work is age 0; typed in late it is seen from that day on; done after
--          it had ended otherwise it had ended until then
WITH
sheet AS (
  SELECT
    k.kind, coalesce(CAST(w.currency AS text), '') AS currency, w.amount, d.began_on,
    CAST(v.done_at AT TIME ZONE c.time_zone AS date) AS done_on, CAST(w.leaves_at AT TIME ZONE c.time_zone AS date) AS left_on,
    w.leaves_at < v.done_at AND v.done_at < 'infinity' AS is_left_first,
    CASE WHEN o.opens_on > d.began_on THEN o.opens_on ELSE CAST('-infinity' AS date) END AS told_from,
    v.is_approval AND (w.is_approval_unknown OR w.approval_precision = 'entered' AND w.approved_at < 'infinity') AS is_unknown
  FROM ops.customer c
  JOIN kpi.work w ON w.customer_id = c.customer_id AND w.item_type = 'time_entry'
  CROSS JOIN (VALUES ('timesheet_lag', false), ('approval_lag', true)) k (kind, is_approval)
  CROSS JOIN LATERAL (
    SELECT
      k.is_approval,
      CASE WHEN k.is_approval THEN w.submitted_at ELSE CAST(w.worked_on + 1 AS timestamp) AT TIME ZONE c.time_zone END AS began_at,
      CASE WHEN k.is_approval THEN w.approved_at ELSE w.submitted_at END AS done_at
  ) v
  CROSS JOIN LATERAL (SELECT CAST(w.opens_at AT TIME ZONE c.time_zone AS date) AS opens_on) o
  JOIN pg_temp.age_day d
    ON d.kind = k.kind AND d.began_on = CASE WHEN v.is_approval THEN CAST(w.submitted_at AT TIME ZONE c.time_zone AS date) ELSE w.worked_on + 1 END
  WHERE c.customer_id = CAST(:customer_id AS int) AND w.customer_id = CAST(:customer_id AS int) AND w.leaves_at >= v.began_at
),
told AS (
  SELECT
    s.kind, s.currency, s.amount, s.began_on,
    greatest(s.began_on, CASE WHEN isfinite(s.done_on) THEN s.done_on ELSE s.left_on END) AS ended_on,
    CASE WHEN s.is_unknown THEN 3 WHEN isfinite(s.done_on) THEN 1 WHEN isfinite(s.left_on) THEN 2 ELSE 0 END AS cause,
    CASE WHEN s.is_left_first THEN greatest(s.told_from, s.done_on) ELSE s.told_from END AS holds_from, CAST('infinity' AS date) AS holds_to
  FROM sheet s
  UNION ALL
  SELECT
    s.kind, s.currency, s.amount, s.began_on, greatest(s.began_on, s.left_on), CASE WHEN s.is_unknown THEN 3 ELSE 2 END, s.told_from, s.done_on
  FROM sheet s
  WHERE s.is_left_first AND s.told_from < s.done_on
)
INSERT INTO pg_temp.age_now (kind, project, currency, began_on, ended_on, cause, holds_from, holds_to, away_from, away_to, n, n_no_value, amount)
SELECT
  t.kind, '', t.currency, t.began_on, t.ended_on, t.cause, t.holds_from, t.holds_to, '{}', '{}', count(*), count(*) FILTER (WHERE t.amount IS NULL),
  coalesce(sum(t.amount) FILTER (WHERE t.amount > 0 AND t.currency <> ''), 0)
FROM told t
GROUP BY t.kind, t.currency, t.began_on, t.ended_on, t.cause, t.holds_from, t.holds_to
