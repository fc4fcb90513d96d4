-- Where one piece of work stands at an instant.
-- expects: w, a row of kpi.work; c.at, the instant: what happens at it has not happened
-- gives:   b, one row: stage (approved, submitted, unsubmitted, unknown, left); the shares 0..1 that are billed, drafted, cancelled, unknown
CROSS JOIN LATERAL (
  SELECT
    CASE
      WHEN w.leaves_at < c.at THEN 'left'
      WHEN w.approved_at < c.at THEN 'approved'
      WHEN w.is_approval_unknown THEN 'unknown'
      WHEN w.submitted_at < c.at THEN 'submitted'
      ELSE 'unsubmitted'
    END AS stage,
    least(1, coalesce(sum(p.share) FILTER (WHERE p.phase = 'billed'), 0)) AS billed,
    least(1, coalesce(sum(p.share) FILTER (WHERE p.phase = 'draft'), 0)) AS drafted,
    least(1, coalesce(sum(p.share) FILTER (WHERE p.phase = 'cancelled'), 0)) AS cancelled,
    least(1, coalesce(sum(p.share) FILTER (WHERE p.phase = 'unknown'), 0)) AS unknown
  FROM unnest(w.phase, w.phase_from, w.phase_to, w.phase_share) p (phase, from_at, to_at, share)
  WHERE p.from_at < c.at AND p.to_at >= c.at
) b
