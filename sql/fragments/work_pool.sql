-- The part of every piece of work that is not billed at a cut, by the pool in which it waits.
-- expects: standing (fragment work_standing)
-- gives:   pool, one row per cut, piece of work and pool (no_invoice, draft, cancelled_or_credited, unknown, submitted_unapproved,
--          unsubmitted); amount is that share of the value, and the shares of one piece add up to it to the cent
pool AS (
  SELECT
    s.cut, s.cut_at, s.customer_id, s.system_id, s.item_type, s.item_id, s.project_ref, s.account_ref, s.worked_on, s.currency, s.value_basis, s.approved_at,
    v.pool, s.hours * (v.upper - v.lower) AS hours, round(s.amount * v.upper, 4) - round(s.amount * v.lower, 4) AS amount,
    v.pool IN ('no_invoice', 'draft', 'cancelled_or_credited') AS is_unbilled,
    s.cut_date - s.worked_on AS age_days,
    CASE
      WHEN s.cut_date - s.worked_on <= 30 THEN '0-30'
      WHEN s.cut_date - s.worked_on <= 60 THEN '31-60'
      WHEN s.cut_date - s.worked_on <= 90 THEN '61-90'
      ELSE '91+'
    END AS age_band
  FROM (
    SELECT
      s.*, c.time_zone,
      -- the local date of the last instant before the cut: work of the period's last day is 0 days old at its end
      CAST((s.cut_at - interval '1 microsecond') AT TIME ZONE c.time_zone AS date) AS cut_date,
      s.billed + least(1 - s.billed, s.unknown) AS upto_unknown,
      s.billed + least(1 - s.billed, s.unknown + s.drafted) AS upto_draft,
      s.billed + least(1 - s.billed, s.unknown + s.drafted + s.cancelled) AS upto_cancelled
    FROM standing s
    JOIN ops.customer c ON c.customer_id = s.customer_id
    WHERE s.stage <> 'left' AND s.billed < 1
  ) s
  CROSS JOIN LATERAL (
    SELECT 'unknown' AS pool, s.billed AS lower, CASE WHEN s.stage = 'unknown' THEN 1 ELSE s.upto_unknown END AS upper
    UNION ALL SELECT 'draft', s.upto_unknown, s.upto_draft WHERE s.stage = 'approved'
    UNION ALL SELECT 'cancelled_or_credited', s.upto_draft, s.upto_cancelled WHERE s.stage = 'approved'
    UNION ALL SELECT 'no_invoice', s.upto_cancelled, 1 WHERE s.stage = 'approved'
    UNION ALL SELECT CASE s.stage WHEN 'submitted' THEN 'submitted_unapproved' ELSE 'unsubmitted' END, s.upto_unknown, 1
    WHERE s.stage IN ('submitted', 'unsubmitted')
  ) v
  WHERE v.upper > v.lower
)
