-- From approved to billed: every piece of work under observation, open ones included.
-- expects: watch (customer_id int, approved_from, approved_to, observed_from, observed_to timestamptz), one row per customer, half open;
--          parameter customer_ids
-- gives:   piece, one row per piece of work and way it ended (work split over two bills is two pieces): entry, t seconds since
--          approval, cause 1 billed, 2 written off, made non-billable or deleted, 0 open, null: nobody knows
-- source:  [ours] metrics.md C4: open work is censored, a voided bill opens its work again and its age goes on, approval is the last one
bill_at_end AS (
  SELECT
    p.customer_id, p.system_id, p.item_type, p.item_id, p.phase, p.invoice_id, p.from_at, p.share,
    sum(p.share) OVER (PARTITION BY p.customer_id, p.system_id, p.item_type, p.item_id, p.phase ORDER BY p.from_at, p.line_id
                       ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS share_before
  FROM watch a
  JOIN kpi.billing_phase p ON p.customer_id = a.customer_id AND p.from_at < a.observed_to AND p.to_at >= a.observed_to
  WHERE p.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND p.phase IN ('billed', 'unknown')
),
bill_share AS (
  SELECT
    b.customer_id, b.system_id, b.item_type, b.item_id,
    least(1, coalesce(sum(b.share) FILTER (WHERE b.phase = 'billed'), 0)) AS billed,
    least(1, coalesce(sum(b.share) FILTER (WHERE b.phase = 'unknown'), 0)) AS unknown
  FROM bill_at_end b
  GROUP BY b.customer_id, b.system_id, b.item_type, b.item_id
),
bill_reopened AS (  -- billed when the observation began, and taken back later
  SELECT p.customer_id, p.system_id, p.item_type, p.item_id, max(p.to_at) AS at
  FROM watch a
  JOIN kpi.billing_phase p ON p.customer_id = a.customer_id AND p.from_at < a.observed_from AND p.to_at < a.observed_to
  WHERE p.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND p.phase = 'billed'
  GROUP BY p.customer_id, p.system_id, p.item_type, p.item_id
),
approved_work AS (
  SELECT
    w.customer_id, w.system_id, w.item_type, w.item_id, w.project_ref, w.worked_on, w.hours, w.amount, w.currency,
    w.approved_at, w.leaves_at, w.left_how, w.is_approval_unknown,
    a.observed_from, a.observed_to, coalesce(s.billed, 0) AS billed, coalesce(s.unknown, 0) AS unknown,
    greatest(w.approved_at, a.observed_from, r.at) AS enters_at
  FROM watch a
  JOIN kpi.billable_work w ON w.customer_id = a.customer_id
    AND (w.approved_at >= a.approved_from AND w.approved_at < a.approved_to
         OR w.is_approval_unknown AND w.opens_at >= a.approved_from AND w.opens_at < a.approved_to)
  LEFT JOIN bill_share s ON s.customer_id = w.customer_id AND s.system_id = w.system_id
    AND s.item_type = w.item_type AND s.item_id = w.item_id
  LEFT JOIN bill_reopened r ON r.customer_id = w.customer_id AND r.system_id = w.system_id
    AND r.item_type = w.item_type AND r.item_id = w.item_id
  WHERE w.customer_id = ANY (CAST(:customer_ids AS int[]))
),
ended AS (
  SELECT
    w.*, 1 AS cause, greatest(b.from_at, w.approved_at) AS ends_at, b.invoice_id,
    greatest(0, least(b.share, 1 - coalesce(b.share_before, 0))) AS share, coalesce(b.share_before, 0) AS share_before
  FROM approved_work w
  JOIN bill_at_end b ON b.customer_id = w.customer_id AND b.system_id = w.system_id
    AND b.item_type = w.item_type AND b.item_id = w.item_id AND b.phase = 'billed'
  WHERE NOT w.is_approval_unknown
  UNION ALL
  SELECT
    w.*, CASE WHEN w.leaves_at < w.observed_to THEN 2 ELSE 0 END,
    least(greatest(w.leaves_at, w.approved_at), w.observed_to), NULL,
    1 - w.billed - least(w.unknown, 1 - w.billed), w.billed + least(w.unknown, 1 - w.billed)
  FROM approved_work w
  WHERE NOT w.is_approval_unknown
  UNION ALL
  SELECT w.*, NULL, w.observed_to, NULL, CASE WHEN w.is_approval_unknown THEN 1 - w.billed ELSE least(w.unknown, 1 - w.billed) END, w.billed
  FROM approved_work w
  WHERE w.leaves_at >= w.observed_to
),
piece AS (
  SELECT
    e.customer_id, e.system_id, e.item_type, e.item_id, e.worked_on, e.approved_at, e.ends_at, e.cause, e.left_how, e.invoice_id,
    round(e.amount * (e.share_before + e.share), 4) - round(e.amount * e.share_before, 4) AS amount, e.currency,
    e.hours * e.share AS hours, coalesce(p.name, e.project_ref) AS project, coalesce(heir.name, a.name, p.account_ref) AS account, y.key AS system_key,
    -- seconds; those who enter late were open just before, so that what ends at that very instant is theirs to end
    CASE WHEN e.cause IS NULL OR e.enters_at <= e.approved_at THEN 0
         ELSE greatest(0, CAST(extract(epoch FROM e.enters_at - e.approved_at) AS float8) - 0.000001) END AS entry,
    CASE WHEN e.cause IS NOT NULL THEN CAST(extract(epoch FROM e.ends_at - e.approved_at) AS float8) END AS t
  FROM ended e
  JOIN ops.system y ON y.customer_id = e.customer_id AND y.system_id = e.system_id
  LEFT JOIN biz.project p ON p.customer_id = e.customer_id AND p.system_id = e.system_id AND p.source_id = e.project_ref
  LEFT JOIN biz.account a ON a.customer_id = p.customer_id AND a.system_id = p.system_id AND a.source_id = p.account_ref
  LEFT JOIN biz.account heir ON heir.customer_id = a.customer_id AND heir.system_id = a.system_id AND heir.source_id = a.merged_into_ref
  WHERE e.share > 0
    AND (e.cause IS NULL OR e.ends_at >= e.enters_at)  -- what ended before we looked was never ours to watch
)
