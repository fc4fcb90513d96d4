-- How every piece of work moved between two instants, to the cent.
-- expects: params customer_ids int[]; since, until, as_of timestamptz (as_of null: now)
-- gives:   kept, one row per piece of work that was not gone before: customer_id, system_id, item_type, item_id, currency, stage and
--          left_how at the end, and open + new - billed + reopened - rest = close; rest: it left otherwise, or nobody can tell how
cut AS (
  SELECT c.customer_id, v.cut, v.at, CAST(:since AS timestamptz) AS alive_at
  FROM ops.customer c
  CROSS JOIN LATERAL (VALUES
    ('open', CAST(:since AS timestamptz)),
    ('close', least(CAST(:until AS timestamptz), coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond'))
  ) v (cut, at)
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
),
-- include: work_standing
,
worth AS MATERIALIZED (
  SELECT
    s.cut, s.customer_id, s.system_id, s.item_type, s.item_id, s.currency, s.amount, s.stage, s.left_how,
    s.approved_at < s.cut_at AND s.approved_at < s.leaves_at AS is_approved,
    round(s.amount * s.billed, 4) AS billed,
    CASE WHEN s.stage = 'approved' THEN s.amount - round(s.amount * least(1, s.billed + s.unknown), 4) ELSE 0 END AS waiting
  FROM standing s
  WHERE s.amount IS NOT NULL
),
-- both ends of one piece of work in one row
ends AS (
  SELECT
    w.customer_id, w.system_id, w.item_type, w.item_id, w.currency, max(w.amount) AS amount,
    max(w.stage) FILTER (WHERE w.cut = 'close') AS stage,
    max(w.left_how) FILTER (WHERE w.cut = 'close') AS left_how,
    bool_or(w.is_approved) FILTER (WHERE w.cut = 'close') AS is_approved,
    coalesce(bool_or(w.is_approved) FILTER (WHERE w.cut = 'open'), false) AS was_approved,
    coalesce(sum(w.waiting) FILTER (WHERE w.cut = 'open'), 0) AS open,
    sum(w.waiting) FILTER (WHERE w.cut = 'close') AS close,
    coalesce(sum(w.billed) FILTER (WHERE w.cut = 'open'), 0) AS billed_before,
    sum(w.billed) FILTER (WHERE w.cut = 'close') AS billed_by_then
  FROM worth w
  GROUP BY w.customer_id, w.system_id, w.item_type, w.item_id, w.currency
  HAVING coalesce(max(w.stage) FILTER (WHERE w.cut = 'open'), '') <> 'left' AND bool_or(w.cut = 'close')
),
moved AS (
  SELECT
    e.customer_id, e.system_id, e.item_type, e.item_id, e.currency, e.open, e.close, e.stage, e.left_how,
    -- what was billed before anybody approved it never waited
    CASE WHEN e.is_approved AND NOT e.was_approved THEN e.amount - e.billed_before ELSE 0 END AS new,
    CASE WHEN e.is_approved THEN greatest(e.billed_by_then - e.billed_before, 0) ELSE 0 END AS billed,
    CASE WHEN e.is_approved THEN greatest(e.billed_before - e.billed_by_then, 0) ELSE 0 END AS reopened
  FROM ends e
),
kept AS (
  SELECT m.*, m.open + m.new - m.billed + m.reopened - m.close AS rest
  FROM moved m
)
