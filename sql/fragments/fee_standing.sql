-- The monthly fee of each customer at the end of the period.
-- expects: served, step (fragment fee_step)
-- gives:   standing, one row per customer: fee numeric (0: none any more; null: none was ever agreed), currency, tier, at (since when),
--          is_unknown (in service, and no fee was ever agreed)
standing AS (
  SELECT
    s.customer_id, s.name, l.at, l.tier,
    CASE WHEN l.names_fee OR l.has_named THEN l.fee END AS fee, l.currency,
    NOT coalesce(l.names_fee OR l.has_named, false) AND (s.stopped_at IS NULL OR s.stopped_at >= s.at) AS is_unknown
  FROM served s
  LEFT JOIN LATERAL (
    SELECT p.at, p.tier, p.fee, p.names_fee, p.before_currency IS NOT NULL AS has_named,
      coalesce(CASE WHEN p.names_fee THEN p.currency END, p.before_currency) AS currency
    FROM step p
    WHERE p.customer_id = s.customer_id
    ORDER BY p.at DESC
    LIMIT 1
  ) l ON true
)
