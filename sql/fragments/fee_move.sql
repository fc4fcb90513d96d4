-- What changed of the monthly fees in the period.
-- expects: served, step (fragment fee_step); params since, until timestamptz
-- gives:   move, one row per change and currency: at, movement (new, reactivation, expansion, contraction, churn, other currency), amount
--          numeric (what it adds to a month; negative: takes away), currency, tier
-- source:  metrics.md D1. A fee that moves to another currency leaves one and enters the other: neither is growth or loss
move AS (
  SELECT
    p.customer_id, p.at, p.fee - p.before AS amount, coalesce(CASE WHEN p.fee > 0 THEN p.currency END, p.before_currency) AS currency,
    coalesce(p.tier, p.before_tier) AS tier,
    CASE
      WHEN p.before = 0 AND p.has_paid THEN 'reactivation'
      WHEN p.before = 0 THEN 'new'
      WHEN p.fee = 0 THEN 'churn'
      WHEN p.fee > p.before THEN 'expansion'
      ELSE 'contraction'
    END AS movement
  FROM step p
  WHERE p.fee <> p.before AND (p.fee = 0 OR p.before = 0 OR p.currency = p.before_currency) AND p.at >= CAST(:since AS timestamptz)
  UNION ALL
  SELECT p.customer_id, p.at, x.amount, x.currency, p.tier, 'other currency'
  FROM step p
  CROSS JOIN LATERAL (VALUES (-p.before, p.before_currency), (p.fee, p.currency)) x (amount, currency)
  WHERE p.fee > 0 AND p.before > 0 AND p.currency <> p.before_currency AND p.at >= CAST(:since AS timestamptz)
)
