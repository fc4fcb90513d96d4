-- What became of what has to be billed.
-- expects: sending, due (fragment due); promised, rows of due with limit_at, is_held, hold_reason; parameter customer_ids
-- gives:   due_piece, one row per row of promised: invoice_id (that it is on at observed_to; null: none), is_drafted (on a draft or bill at
--          observed_to), was_drafted (at limit_at), sent_at (null: not all of it), is_unknown (a bill or an approval nobody could read)
-- source:  [ours] metrics.md C5 and C6
stood AS (  -- every bill and draft that a piece was on
  SELECT
    p.customer_id, p.system_id, p.item_type, p.item_id, x.phase IN ('draft', 'billed') AS is_draft, x.phase = 'unknown' AS is_unknown,
    x.from_at, x.to_at, x.share, x.invoice_id, p.observed_to, p.limit_at,
    CASE WHEN x.phase = 'billed' THEN coalesce(s.sent_at, x.from_at) ELSE CAST('infinity' AS timestamptz) END AS sent_at
  FROM promised p
  CROSS JOIN LATERAL unnest(p.phase, p.phase_from, p.phase_to, p.phase_share, p.phase_invoice) x (phase, from_at, to_at, share, invoice_id)
  LEFT JOIN sending s ON s.customer_id = p.customer_id AND s.system_id = p.system_id AND s.invoice_id = x.invoice_id
  WHERE p.kind = 'time'
  UNION ALL
  SELECT
    p.customer_id, p.system_id, p.item_type, p.item_id, s.is_unknown IS FALSE, s.is_unknown IS NOT FALSE,
    greatest(s.drafted_at, k.linked_at), least(s.ends_at, k.unlinked_at), k.share, s.invoice_id, p.observed_to, p.limit_at,
    coalesce(s.sent_at, CAST('infinity' AS timestamptz))
  FROM promised p
  JOIN (
    SELECT m.customer_id, m.system_id, m.source_id AS item_id, m.invoice_line_ref AS line_id, CAST(1 AS numeric) AS share,
      CAST('-infinity' AS timestamptz) AS linked_at, CAST('infinity' AS timestamptz) AS unlinked_at
    FROM biz.milestone m
    WHERE m.customer_id = ANY (CAST(:customer_ids AS int[])) AND m.invoice_line_ref IS NOT NULL
    UNION ALL
    SELECT b.customer_id, b.system_id, b.object_ref, b.invoice_line_ref, b.share, coalesce(b.valid_from, CAST('-infinity' AS timestamptz)),
      coalesce(least(b.valid_to, b.deleted_at), CAST('infinity' AS timestamptz))
    FROM biz.billing_link b
    JOIN biz.milestone m ON m.customer_id = b.customer_id AND m.system_id = b.system_id AND m.source_id = b.object_ref
      AND m.invoice_line_ref IS DISTINCT FROM b.invoice_line_ref
    WHERE b.customer_id = ANY (CAST(:customer_ids AS int[])) AND b.object_type = 'milestone'
  ) k ON k.customer_id = p.customer_id AND k.system_id = p.system_id AND k.item_id = p.item_id
  LEFT JOIN biz.invoice_line l ON l.customer_id = k.customer_id AND l.system_id = k.system_id AND l.source_id = k.line_id
  LEFT JOIN sending s ON s.customer_id = k.customer_id AND s.system_id = k.system_id AND s.invoice_id = l.invoice_ref
  WHERE p.kind = 'milestone'
  UNION ALL
  -- a line of the contract that does not say for when may be the one
  SELECT
    p.customer_id, p.system_id, p.item_type, p.item_id, l.is_dated AND s.is_unknown IS FALSE, NOT l.is_dated OR s.is_unknown IS NOT FALSE,
    s.drafted_at, s.ends_at, CAST(1 AS numeric), s.invoice_id, p.observed_to, p.limit_at, coalesce(s.sent_at, CAST('infinity' AS timestamptz))
  FROM promised p
  CROSS JOIN LATERAL (
    SELECT l.invoice_ref, l.billed_for IS NOT NULL AS is_dated, bool_or(l.billed_for IS NOT NULL) OVER () AS any_dated
    FROM biz.invoice_line l
    WHERE l.customer_id = p.customer_id AND l.system_id = p.system_id AND l.contract_ref = p.contract_ref AND l.deleted_at IS NULL
      AND (l.billed_for IS NULL OR l.billed_for >= p.month AND l.billed_for < p.month_after)
  ) l
  LEFT JOIN sending s ON s.customer_id = p.customer_id AND s.system_id = p.system_id AND s.invoice_id = l.invoice_ref
  WHERE p.contract_ref IS NOT NULL AND (l.is_dated OR NOT l.any_dated)
),
standing_of AS (
  SELECT
    s.customer_id, s.system_id, s.item_type, s.item_id,
    coalesce(sum(s.share) FILTER (WHERE s.is_draft AND s.from_at < s.observed_to AND s.to_at >= s.observed_to), 0) AS drafted,
    coalesce(sum(s.share) FILTER (WHERE s.is_draft AND s.from_at <= s.limit_at AND s.to_at > s.limit_at), 0) AS was_drafted,
    coalesce(sum(s.share) FILTER (WHERE s.sent_at < s.observed_to AND s.to_at >= s.observed_to), 0) AS sent,
    max(s.sent_at) FILTER (WHERE s.sent_at < s.observed_to AND s.to_at >= s.observed_to) AS sent_at,
    (array_agg(s.invoice_id ORDER BY s.from_at DESC, s.invoice_id)
      FILTER (WHERE s.is_draft AND s.from_at < s.observed_to AND s.to_at >= s.observed_to))[1] AS invoice_id,
    coalesce(bool_or(s.is_unknown AND coalesce(s.from_at < s.observed_to AND s.to_at >= s.observed_to, true)), false) AS is_unknown
  FROM stood s
  GROUP BY s.customer_id, s.system_id, s.item_type, s.item_id
),
due_piece AS MATERIALIZED (
  SELECT
    p.customer_id, p.system_id, p.kind, p.item_type, p.item_id, p.project_ref, p.account_ref, p.month, p.amount, p.currency, p.hours,
    p.ready_at, p.due_at, p.limit_at, p.is_held, p.hold_reason, p.contract_ref, p.leaves_at, p.observed_to, s.invoice_id,
    -- shares of thirds do not add up to one
    coalesce(s.drafted, 0) > 0.999 AS is_drafted, coalesce(s.was_drafted, 0) > 0.999 AS was_drafted,
    CASE WHEN s.sent > 0.999 THEN s.sent_at END AS sent_at,
    p.is_unknown OR coalesce(s.is_unknown, false) AS is_unknown
  FROM promised p
  LEFT JOIN standing_of s ON s.customer_id = p.customer_id AND s.system_id = p.system_id AND s.item_type = p.item_type AND s.item_id = p.item_id
)
