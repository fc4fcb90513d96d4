-- Where every piece of work stood at each cut. What happened before the cut has happened; at or after it, it has not.
-- expects: cut (customer_id int, cut text, at timestamptz), one row per customer and cut; parameter customer_ids
-- gives:   standing, one row per cut and piece of work: its columns of kpi.billable_work, stage (approved, submitted, unsubmitted,
--          unknown, left) and the shares 0..1 that are billed, drafted, cancelled, unknown
phase_at_cut AS (
  SELECT
    c.customer_id, c.cut, p.system_id, p.item_type, p.item_id,
    least(1, coalesce(sum(p.share) FILTER (WHERE p.phase = 'billed'), 0)) AS billed,
    least(1, coalesce(sum(p.share) FILTER (WHERE p.phase = 'draft'), 0)) AS drafted,
    least(1, coalesce(sum(p.share) FILTER (WHERE p.phase = 'cancelled'), 0)) AS cancelled,
    least(1, coalesce(sum(p.share) FILTER (WHERE p.phase = 'unknown'), 0)) AS unknown
  FROM cut c
  JOIN kpi.billing_phase p ON p.customer_id = c.customer_id AND p.from_at < c.at AND p.to_at >= c.at
  WHERE p.customer_id = ANY (CAST(:customer_ids AS int[]))
  GROUP BY c.customer_id, c.cut, p.system_id, p.item_type, p.item_id
),
standing AS (
  SELECT
    c.cut, c.at AS cut_at, w.customer_id, w.system_id, w.item_type, w.item_id, w.project_ref, w.worked_on, w.hours, w.amount,
    w.currency, w.value_basis, w.approved_at, w.left_how, w.leaves_at,
    CASE
      WHEN w.leaves_at < c.at THEN 'left'
      WHEN w.approved_at < c.at THEN 'approved'
      WHEN w.is_approval_unknown THEN 'unknown'
      WHEN w.submitted_at < c.at THEN 'submitted'
      ELSE 'unsubmitted'
    END AS stage,
    coalesce(p.billed, 0) AS billed,
    coalesce(p.drafted, 0) AS drafted,
    coalesce(p.cancelled, 0) AS cancelled,
    coalesce(p.unknown, 0) AS unknown
  FROM cut c
  JOIN kpi.billable_work w ON w.customer_id = c.customer_id AND w.opens_at < c.at
  LEFT JOIN phase_at_cut p ON p.customer_id = c.customer_id AND p.cut = c.cut AND p.system_id = w.system_id
    AND p.item_type = w.item_type AND p.item_id = w.item_id
  WHERE w.customer_id = ANY (CAST(:customer_ids AS int[]))
)
