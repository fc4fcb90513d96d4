-- The customers that paid a year before the end of the period, and what they pay now.
-- expects: served, step (fragment fee_step)
-- gives:   retained, one row per customer of that cohort: name, tier (a year ago), currency, start numeric (a month's fee a year ago), finish numeric
--          (now, 0: nothing any more; null: it pays in another currency), since timestamptz (a year ago)
-- source:  metrics.md D3
retained AS (
  SELECT
    s.customer_id, s.name, b.tier, b.currency, b.fee AS start, y.since,
    CASE WHEN e.fee = 0 OR e.currency = b.currency THEN e.fee END AS finish
  FROM served s
  CROSS JOIN LATERAL (SELECT kpi.instant((s.at AT TIME ZONE s.time_zone) - interval '12 months', s.time_zone) AS since) y
  JOIN LATERAL (
    SELECT p.fee, p.currency, p.tier FROM step p WHERE p.customer_id = s.customer_id AND p.at < y.since ORDER BY p.at DESC LIMIT 1
  ) b ON b.fee > 0
  JOIN LATERAL (SELECT p.fee, p.currency FROM step p WHERE p.customer_id = s.customer_id ORDER BY p.at DESC LIMIT 1) e ON true
)
