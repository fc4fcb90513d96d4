-- How the stock of unbilled approved work moved in the period: open + new - billed + reopened - written off - removed = close.
-- grain:   one row per customer and currency that had billable work
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now)
-- columns: customer_id int; currency text; open, new, billed, reopened, written_off, removed, unknown, close numeric, with
--          open + new - billed + reopened - written_off - removed - unknown = close to the cent; reopened: its bill was voided or
--          credited; removed: deleted or made non-billable; unknown: moved to or from a bill that nobody could read
-- source:  metrics.md C7, roll-forward: must balance to the cent
WITH
cut AS (
  SELECT c.customer_id, v.cut, v.at
  FROM ops.customer c
  CROSS JOIN LATERAL (VALUES
    ('open', CAST(:since AS timestamptz)),
    ('close', least(CAST(:until AS timestamptz), coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond'))
  ) v (cut, at)
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
),
-- include: work_standing
,
worth AS (
  SELECT
    s.cut, s.customer_id, s.system_id, s.item_type, s.item_id, s.currency, s.amount, s.stage, s.left_how,
    s.approved_at < s.cut_at AND s.approved_at < s.leaves_at AS is_approved,
    round(s.amount * s.billed, 4) AS billed,
    CASE WHEN s.stage = 'approved' THEN s.amount - round(s.amount * least(1, s.billed + s.unknown), 4) ELSE 0 END AS waiting
  FROM standing s
  WHERE s.amount IS NOT NULL
),
ends AS (
  SELECT
    z.customer_id, z.currency, z.stage, z.left_how, z.is_approved,
    coalesce(a.waiting, 0) AS open, z.waiting AS close, z.billed - coalesce(a.billed, 0) AS billed_since,
    CASE WHEN z.is_approved AND a.is_approved IS NOT TRUE THEN z.amount - coalesce(a.billed, 0) ELSE 0 END AS new
  FROM worth z
  LEFT JOIN worth a ON a.cut = 'open' AND a.customer_id = z.customer_id AND a.system_id = z.system_id
    AND a.item_type = z.item_type AND a.item_id = z.item_id
  WHERE z.cut = 'close' AND a.stage IS DISTINCT FROM 'left'
),
moved AS (
  SELECT
    e.customer_id, e.currency, e.open, e.new, e.close, e.stage, e.left_how,
    -- billed before anybody approved it: it never waited
    CASE WHEN e.is_approved THEN greatest(e.billed_since, 0) ELSE 0 END AS billed,
    CASE WHEN e.is_approved THEN greatest(-e.billed_since, 0) ELSE 0 END AS reopened,
    CASE WHEN e.is_approved THEN e.open + e.new - e.billed_since - e.close ELSE 0 END AS rest
  FROM ends e
)
SELECT
  m.customer_id, m.currency, sum(m.open) AS open, sum(m.new) AS new, sum(m.billed) AS billed, sum(m.reopened) AS reopened,
  coalesce(sum(m.rest) FILTER (WHERE m.stage = 'left' AND m.left_how = 'written_off'), 0) AS written_off,
  coalesce(sum(m.rest) FILTER (WHERE m.stage = 'left' AND m.left_how <> 'written_off'), 0) AS removed,
  coalesce(sum(m.rest) FILTER (WHERE m.stage <> 'left'), 0) AS unknown,
  sum(m.close) AS close
FROM moved m
GROUP BY m.customer_id, m.currency
ORDER BY m.customer_id, m.currency
