-- How the stock of unbilled approved work moved in the period: open + new - billed + reopened - written off - removed = close.
-- grain:   one row per customer and currency that had billable work
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now)
-- columns: customer_id int; currency text; open, new, billed, reopened, written_off, removed, unknown, close numeric, with
--          open + new - billed + reopened - written_off - removed - unknown = close to the cent; reopened: its bill was voided or
--          credited; removed: deleted or made non-billable; unknown: moved to or from a bill that nobody could read
-- source:  metrics.md C7, roll-forward: must balance to the cent
WITH
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
    w.customer_id, w.currency, max(w.amount) AS amount,
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
    e.customer_id, e.currency, e.open, e.close, e.stage, e.left_how,
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
SELECT
  m.customer_id, m.currency, sum(m.open) AS open, sum(m.new) AS new, sum(m.billed) AS billed, sum(m.reopened) AS reopened,
  coalesce(sum(m.rest) FILTER (WHERE m.stage = 'left' AND m.left_how = 'written_off'), 0) AS written_off,
  coalesce(sum(m.rest) FILTER (WHERE m.stage = 'left' AND m.left_how <> 'written_off'), 0) AS removed,
  coalesce(sum(m.rest) FILTER (WHERE m.stage <> 'left'), 0) AS unknown,
  sum(m.close) AS close
FROM kept m
GROUP BY m.customer_id, m.currency
ORDER BY m.customer_id, m.currency
