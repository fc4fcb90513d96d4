-- What serving a customer earned and cost, month by month.
-- expects: served, step (fragment fee_step); effort (fragment effort); params since, until timestamptz
-- gives:   served_month, one row per customer and whole month of the period that is over and had a fee: month text, since timestamptz, fee, currency,
--          tier (of the terms of its first day, as in its statement), credits, cost numeric (null: not known), minutes bigint, reason (what is missing, the first of it; null:
--          nothing is)
-- source:  metrics.md D2; credits owed by the newest sealed version of the month's statement; cost: minutes logged at the hourly cost in the fee's
--          currency that held when the month began
month AS (
  SELECT
    s.customer_id, s.partner_id, to_char(m.opens, 'YYYY-MM') AS month, CAST(m.opens AS date) AS opens, kpi.instant(m.opens, s.time_zone) AS since,
    kpi.instant(m.opens + interval '1 month', s.time_zone) AS until
  FROM served s
  CROSS JOIN LATERAL generate_series(
    date_trunc('month', CAST(:since AS timestamptz) AT TIME ZONE s.time_zone),
    (CAST(:until AS timestamptz) - interval '1 microsecond') AT TIME ZONE s.time_zone, interval '1 month') m (opens)
  WHERE kpi.instant(m.opens, s.time_zone) >= CAST(:since AS timestamptz) AND kpi.instant(m.opens + interval '1 month', s.time_zone) <= s.at
),
owing AS (
  SELECT DISTINCT ON (t.customer_id, t.period) t.customer_id, t.period, convert_from(t.document, 'UTF8')::jsonb #> '{evaluation,credits}' AS credits
  FROM ops.statement t
  JOIN served s ON s.customer_id = t.customer_id
  WHERE t.customer_id = ANY (CAST(:customer_ids AS int[])) AND t.sealed_at <= coalesce(CAST(:as_of AS timestamptz), kpi.as_of())
  ORDER BY t.customer_id, t.period, t.version DESC
),
hourly AS (
  SELECT h.partner_id, r.currency, r.valid_from, CAST(r.amount AS numeric) AS amount
  FROM ops.hourly_cost h
  CROSS JOIN LATERAL jsonb_to_recordset(h.rates) AS r (amount text, currency text, valid_from date)
),
counted_month AS (
  SELECT
    m.customer_id, m.month, m.since, f.fee, f.currency, f.tier, e.minutes,
    CASE WHEN o.credits ->> 'owed' = '0' THEN 0
         WHEN o.credits ->> 'currency' = f.currency THEN CAST(o.credits ->> 'owed_amount' AS numeric) END AS credits,
    round(e.minutes * h.amount / 60, 4) AS cost, o.period IS NOT NULL AS is_sealed, h.amount AS per_hour
  FROM month m
  JOIN LATERAL (
    SELECT p.fee, p.currency, p.tier FROM step p WHERE p.customer_id = m.customer_id AND p.at <= m.since ORDER BY p.at DESC LIMIT 1
  ) f ON f.fee > 0
  LEFT JOIN owing o ON o.customer_id = m.customer_id AND o.period = m.month
  LEFT JOIN LATERAL (
    SELECT sum(e.minutes) AS minutes FROM effort e WHERE e.customer_id = m.customer_id AND e.at >= m.since AND e.at < m.until
  ) e ON true
  LEFT JOIN LATERAL (
    SELECT h.amount FROM hourly h
    WHERE h.partner_id = m.partner_id AND h.currency = f.currency AND h.valid_from <= m.opens ORDER BY h.valid_from DESC LIMIT 1
  ) h ON true
),
served_month AS (
  SELECT
    c.*,
    CASE
      WHEN NOT c.is_sealed THEN 'month not sealed'
      WHEN c.credits IS NULL THEN 'credits not decided'
      WHEN c.minutes IS NULL THEN 'no minutes logged'
      WHEN c.per_hour IS NULL THEN 'no hourly cost in its currency'
    END AS reason
  FROM counted_month c
)
