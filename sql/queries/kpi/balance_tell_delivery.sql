-- Tells by how much what is left to deliver of listed projects changed on each day, by what is known now: figure C18.
-- grain:   one row of kpi.balance_step per listed project and day for the number (without currency), and one for what is left of its budget
-- params:  customer_id int
-- columns: rows written
-- source:  product.md, backlog of sold work (fragment delivery); a project is looked at only on days on which something happened to it. Budgets and
--          whether a project is closed are told as they are now: no source tells what they were
WITH
-- include: place
,
-- include: listed_record
,
sold AS MATERIALIZED (
  SELECT
    t.subject, p.system_id, p.source_id AS project_id, p.budget_hours, p.budget_amount, CAST(p.currency AS text) AS currency,
    p.is_active IS FALSE AND p.ends_on IS NULL AS is_lost_track,
    CAST(coalesce(p.created_at, p.first_seen_at) AT TIME ZONE c.time_zone AS date) AS made_on,
    least(CAST(p.deleted_at AT TIME ZONE c.time_zone AS date), CASE WHEN p.is_active IS FALSE THEN p.ends_on END, CAST('infinity' AS date)) AS gone_on
  FROM place c
  CROSS JOIN listed_record t
  JOIN biz.project p ON p.customer_id = c.customer_id AND p.system_id = t.system_id AND p.source_id = t.source_id AND p.parent_ref IS NULL AND p.account_ref IS NOT NULL
  WHERE p.customer_id = CAST(:customer_id AS int)
    AND EXISTS (SELECT FROM biz.time_entry t WHERE t.customer_id = p.customer_id AND t.system_id = p.system_id)
),
phase AS (  -- of a listed project: itself, and its parts
  SELECT s.*, s.project_id AS ref
  FROM sold s
  UNION ALL
  SELECT s.*, p.source_id
  FROM sold s
  JOIN biz.project p ON p.customer_id = CAST(:customer_id AS int) AND p.system_id = s.system_id AND p.parent_ref = s.project_id
),
-- every row bears its project: a join of so many rows that nobody can foretell becomes a loop
happened AS (
  SELECT
    h.subject, h.budget_hours, h.budget_amount, h.currency, h.is_lost_track, h.made_on, h.gone_on, CAST(m.at AT TIME ZONE c.time_zone AS date) AS day,
    m.sign * w.hours AS hours, m.sign * coalesce(w.amount, 0) AS amount, m.sign * CAST(w.amount IS NULL AS int) AS without_value,
    CASE WHEN CAST(w.currency AS text) <> h.currency THEN m.sign ELSE 0 END AS in_others
  FROM place c
  CROSS JOIN phase h
  JOIN kpi.work w ON w.customer_id = c.customer_id AND w.system_id = h.system_id AND coalesce(w.project_ref, '') = h.ref AND w.item_type = 'time_entry'
  CROSS JOIN LATERAL (
    SELECT w.opens_at AS at, 1 AS sign
    UNION ALL
    SELECT greatest(w.leaves_at, w.opens_at), -1 WHERE w.leaves_at < 'infinity' AND w.left_how IS DISTINCT FROM 'written_off'
  ) m
  WHERE w.customer_id = CAST(:customer_id AS int)
  UNION ALL
  SELECT s.subject, s.budget_hours, s.budget_amount, s.currency, s.is_lost_track, s.made_on, s.gone_on, x.day, 0, 0, 0, 0
  FROM sold s
  CROSS JOIN LATERAL (VALUES (s.made_on), (s.gone_on)) x (day)
  WHERE x.day < 'infinity'
),
so_far AS (
  SELECT
    h.subject, h.budget_hours, h.budget_amount, h.currency, h.is_lost_track, h.made_on, h.gone_on, h.day, sum(sum(h.hours)) OVER own AS hours,
    sum(sum(h.amount)) OVER own AS amount, sum(sum(h.without_value)) OVER own AS without_value, sum(sum(h.in_others)) OVER own AS in_others
  FROM happened h
  GROUP BY h.subject, h.budget_hours, h.budget_amount, h.currency, h.is_lost_track, h.made_on, h.gone_on, h.day
  WINDOW own AS (PARTITION BY h.subject ORDER BY h.day)
),
stood AS (
  SELECT
    f.subject, f.day, f.currency, f.made_on <= f.day AND f.gone_on > f.day AS is_there, f.is_lost_track,
    CASE WHEN f.budget_amount > 0 AND f.currency IS NOT NULL AND f.without_value = 0 AND f.in_others = 0
      THEN greatest(0, f.budget_amount - f.amount) END AS left_amount,
    CASE WHEN f.budget_hours > 0 THEN greatest(0, f.budget_hours - f.hours) END AS left_hours
  FROM so_far f
),
judged AS (
  SELECT
    s.*, s.is_there AND NOT s.is_lost_track AND coalesce(s.left_amount, s.left_hours) IS NOT NULL AS is_known,
    s.is_there AND NOT s.is_lost_track AND coalesce(s.left_amount, s.left_hours) > 0 AS is_left
  FROM stood s
),
counted AS (
  SELECT j.subject, j.day, v.currency, v.value, v.sample, v.unknown
  FROM judged j
  CROSS JOIN LATERAL (
    SELECT '' AS currency, CAST(coalesce(j.is_left, false) AS int) AS value, CAST(j.is_known AS int) AS sample,
      CAST(j.is_there AND NOT j.is_known AS int) AS unknown
    UNION ALL
    SELECT j.currency, CASE WHEN j.is_left THEN coalesce(j.left_amount, 0) ELSE 0 END, CAST(j.is_known AND j.left_amount IS NOT NULL AS int), 0
    WHERE j.currency IS NOT NULL
  ) v
),
change AS (
  SELECT
    c.subject, c.day, c.currency, row_number() OVER own = 1 AS is_first,
-- include: balance_change
  FROM counted c
  WINDOW own AS (PARTITION BY c.subject, c.currency ORDER BY c.day)
)
INSERT INTO kpi.balance_step (customer_id, metric, subject, day, currency, value, sample, unknown)
SELECT CAST(:customer_id AS int), 'delivery_backlog', c.subject, c.day, c.currency, c.value, c.sample, c.unknown
FROM change c
WHERE c.is_first OR c.value <> 0 OR c.sample <> 0 OR c.unknown <> 0
