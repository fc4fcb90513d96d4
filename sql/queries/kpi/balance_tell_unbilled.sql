-- Tells by how much the worth of listed unbilled work changed on each day, by what is known now: figure C7 for all days at once.
-- grain:   one row of kpi.balance_step per listed project and month, day and currency
-- params:  customer_id int
-- columns: rows written
-- source:  metrics.md C7; a piece of work is looked at only on days on which something happened to it, and what it adds then stays
WITH
-- include: place
,
-- include: work_month
,
-- on one bill as a whole and for good, or on none: it waits from one instant to another, and nearly all of it is
told_apart AS MATERIALIZED (
  SELECT
    y.subject, w.customer_id, w.system_id, w.item_type, w.item_id, coalesce(CAST(w.currency AS text), '') AS currency, w.amount, w.opens_at,
    greatest(w.approved_at, w.opens_at) AS waits_from, least(w.leaves_at, w.phase_from[b.bill]) AS waits_to,
    NOT w.is_approval_unknown AND 'unknown' <> ALL (w.phase) AND (
      b.bill IS NULL
      OR w.phase_to[b.bill] = 'infinity' AND w.phase_share[b.bill] >= 1 AND array_position(w.phase, 'billed', b.bill + 1) IS NULL) AS is_plain
  FROM work_month y
  JOIN kpi.work w ON w.customer_id = CAST(:customer_id AS int) AND w.system_id = y.system_id AND coalesce(w.project_ref, '') = y.project_ref
    AND w.worked_on >= y.month AND w.worked_on < y.month + interval '1 month'
  CROSS JOIN LATERAL (SELECT array_position(w.phase, 'billed') AS bill) b
  WHERE w.customer_id = CAST(:customer_id AS int)
),
waited AS (
  SELECT t.subject, t.currency, t.amount, v.day, v.sign
  FROM place p
  JOIN told_apart t ON t.is_plain AND t.waits_from < t.waits_to AND t.waits_from < 'infinity'
  CROSS JOIN LATERAL (
    VALUES (CAST(t.waits_from AT TIME ZONE p.time_zone AS date), 1), (CAST(t.waits_to AT TIME ZONE p.time_zone AS date), -1)
  ) v (day, sign)
  WHERE isfinite(v.day)
),
moment AS (
  SELECT DISTINCT t.subject, w.customer_id, w.system_id, w.item_type, w.item_id, CAST(m.at AT TIME ZONE p.time_zone AS date) AS day
  FROM place p
  JOIN told_apart t ON NOT t.is_plain
  JOIN kpi.work w ON w.customer_id = p.customer_id AND w.system_id = t.system_id AND w.item_type = t.item_type AND w.item_id = t.item_id
  CROSS JOIN LATERAL (
    VALUES (w.opens_at), (w.submitted_at), (w.approved_at), (w.leaves_at)
    UNION ALL SELECT unnest(w.phase_from)
    UNION ALL SELECT unnest(w.phase_to)
  ) m (at)
  WHERE w.customer_id = CAST(:customer_id AS int) AND m.at >= w.opens_at AND isfinite(m.at)
),
cut AS (
  SELECT m.*, CAST(m.day + 1 AS timestamp) AT TIME ZONE p.time_zone AS at
  FROM moment m
  JOIN place p ON p.customer_id = m.customer_id
),
stood AS (
  SELECT c.subject, c.system_id, c.item_type, c.item_id, c.day, coalesce(CAST(w.currency AS text), '') AS currency, w.amount, w.hours, b.stage, b.billed, b.unknown
  FROM cut c
  JOIN kpi.work w ON w.customer_id = c.customer_id AND w.system_id = c.system_id AND w.item_type = c.item_type AND w.item_id = c.item_id
-- include: work_stand
  WHERE w.customer_id = CAST(:customer_id AS int)
),
part AS (
  SELECT
    s.subject, s.system_id, s.item_type, s.item_id, s.day, s.currency,
-- include: work_unbilled
  FROM stood s
),
counted AS (
  SELECT
    p.subject, p.system_id, p.item_type, p.item_id, p.day, p.currency,
    CASE WHEN p.is_unbilled THEN coalesce(p.amount, 0) ELSE 0 END AS value,
    CAST(p.is_unbilled AND p.amount IS NOT NULL AS int) AS sample,
    CAST(p.is_unknown OR p.is_unbilled AND p.amount IS NULL AS int) AS unknown
  FROM part p
),
change AS (
  SELECT
    c.subject, c.day, c.currency,
-- include: balance_change
  FROM counted c
  WINDOW own AS (PARTITION BY c.system_id, c.item_type, c.item_id ORDER BY c.day)
  UNION ALL
  SELECT
    w.subject, w.day, w.currency, sum(w.sign * coalesce(w.amount, 0)), sum(w.sign) FILTER (WHERE w.amount IS NOT NULL), sum(w.sign) FILTER (WHERE w.amount IS NULL)
  FROM waited w
  GROUP BY w.subject, w.day, w.currency
  UNION ALL
  SELECT t.subject, CAST(min(t.opens_at) AT TIME ZONE p.time_zone AS date), t.currency, 0, 0, 0
  FROM place p
  JOIN told_apart t ON t.is_plain
  GROUP BY t.subject, t.currency, p.time_zone
)
INSERT INTO kpi.balance_step (customer_id, metric, subject, day, currency, value, sample, unknown)
SELECT
  CAST(:customer_id AS int), 'unbilled_time', c.subject, c.day, c.currency, coalesce(sum(c.value), 0), coalesce(sum(c.sample), 0),
  coalesce(sum(c.unknown), 0)
FROM change c
WHERE isfinite(c.day)
GROUP BY c.subject, c.day, c.currency
