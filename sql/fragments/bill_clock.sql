-- From approved to billed: every piece of work under observation, open ones included.
-- expects: watch (customer_id int, approved_from, approved_to, observed_from, observed_to timestamptz), one row per customer, half open;
--          parameter customer_ids
-- gives:   piece, one row per piece of work and way it ended (work split over two bills is two pieces): entry, t seconds since
--          approval, cause 1 billed, 2 written off, made non-billable or deleted, 0 open, null: nobody knows
-- source:  [ours] metrics.md C4: open work is censored, a voided bill opens its work again and its age goes on, approval is the last one
approved_work AS MATERIALIZED (
  SELECT
    w.customer_id, w.system_id, w.item_type, w.item_id, w.project_ref, w.account_ref, w.worked_on, w.hours, w.amount, CAST(w.currency AS text) AS currency,
    w.approved_at, w.leaves_at, w.left_how, w.is_approval_unknown, w.phase, w.phase_from, w.phase_to, w.phase_share, w.phase_invoice,
    a.observed_from, a.observed_to, b.billed, b.unknown,
    greatest(w.approved_at, a.observed_from, b.reopened_at) AS enters_at
  FROM watch a
  JOIN kpi.work w ON w.customer_id = a.customer_id AND w.settled_at >= a.observed_from
    AND (w.approved_at >= a.approved_from AND w.approved_at < a.approved_to
         OR w.is_approval_unknown AND w.opens_at >= a.approved_from AND w.opens_at < a.approved_to)
  CROSS JOIN LATERAL (
    SELECT
      least(1, coalesce(sum(p.share) FILTER (WHERE p.phase = 'billed' AND p.to_at >= a.observed_to), 0)) AS billed,
      least(1, coalesce(sum(p.share) FILTER (WHERE p.phase = 'unknown' AND p.to_at >= a.observed_to), 0)) AS unknown,
      -- billed when the observation began, and taken back later
      max(p.to_at) FILTER (WHERE p.phase = 'billed' AND p.from_at < a.observed_from AND p.to_at < a.observed_to) AS reopened_at
    FROM unnest(w.phase, w.phase_from, w.phase_to, w.phase_share) p (phase, from_at, to_at, share)
    WHERE p.from_at < a.observed_to
  ) b
  WHERE w.customer_id = ANY (CAST(:customer_ids AS int[]))
),
ended AS (
  SELECT w.*, 1 AS cause, greatest(b.from_at, w.approved_at) AS ends_at, b.invoice_id,
    greatest(0, least(b.share, 1 - b.share_before)) AS share, b.share_before
  FROM approved_work w
  CROSS JOIN LATERAL (
    SELECT p.from_at, p.invoice_id, p.share,
      coalesce(sum(p.share) OVER (ORDER BY p.from_at, p.n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS share_before
    FROM unnest(w.phase, w.phase_from, w.phase_to, w.phase_share, w.phase_invoice) WITH ORDINALITY
      p (phase, from_at, to_at, share, invoice_id, n)
    WHERE p.phase = 'billed' AND p.from_at < w.observed_to AND p.to_at >= w.observed_to
  ) b
  WHERE w.billed > 0 AND NOT w.is_approval_unknown
  UNION ALL
  SELECT w.*, CASE WHEN w.leaves_at < w.observed_to THEN 2 ELSE 0 END,
    least(greatest(w.leaves_at, w.approved_at), w.observed_to), NULL,
    1 - w.billed - least(w.unknown, 1 - w.billed), w.billed + least(w.unknown, 1 - w.billed)
  FROM approved_work w
  WHERE NOT w.is_approval_unknown
  UNION ALL
  SELECT w.*, NULL, w.observed_to, NULL, CASE WHEN w.is_approval_unknown THEN 1 - w.billed ELSE least(w.unknown, 1 - w.billed) END, w.billed
  FROM approved_work w
  WHERE w.leaves_at >= w.observed_to
),
piece AS MATERIALIZED (
  SELECT
    e.customer_id, e.system_id, e.item_type, e.item_id, e.worked_on, e.approved_at, e.ends_at, e.cause, e.left_how, e.invoice_id,
    round(e.amount * (e.share_before + e.share), 4) - round(e.amount * e.share_before, 4) AS amount, e.currency,
    e.hours * e.share AS hours, e.project_ref, e.account_ref,
    CASE WHEN e.cause IS NULL THEN 0 ELSE kpi.entry_seconds(e.approved_at, e.enters_at) END AS entry,
    CASE WHEN e.cause IS NOT NULL THEN CAST(extract(epoch FROM e.ends_at - e.approved_at) AS float8) END AS t
  FROM ended e
  WHERE e.share > 0
    AND (e.cause IS NULL OR e.ends_at >= e.enters_at)  -- what ended before we looked was never ours to watch
)
