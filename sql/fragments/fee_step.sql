-- How the monthly fees of customers changed, step by step.
-- expects: params customer_ids int[]; since, until, as_of timestamptz (as_of null: now)
-- gives:   served, one row per customer: name, time_zone, partner_id, stopped_at, at timestamptz (the end of the period or the instant looked from,
--          not in it); step, one row per version of the terms and one for the end of the service, up to then: at, fee numeric (a month's;
--          0: none), currency, tier, before (the fee until then), before_currency, has_paid (a fee above 0 was agreed earlier), names_fee.
--          Nothing for anybody but the partner's own people
-- source:  metrics.md D1; ops.terms (a fee per quarter is a third of it, per year a twelfth), ops.customer. Terms without a fee end one that
--          was agreed; where none was ever agreed it is unknown
served AS MATERIALIZED (
  SELECT
    c.customer_id, c.name, c.time_zone, c.partner_id, c.stopped_at,
    least(CAST(:until AS timestamptz), coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond') AS at
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[])) AND current_setting('app.staff', true) = 'on'
    AND CAST(:since AS timestamptz) < CAST(:until AS timestamptz)
),
version AS (
  SELECT
    s.customer_id, kpi.instant(CAST(t.valid_from AS timestamp), s.time_zone) AS at, t.tier, t.document -> 'fee' ->> 'currency' AS currency,
    round(CAST(t.document -> 'fee' ->> 'amount' AS numeric)
          / CASE t.document -> 'fee' ->> 'per' WHEN 'quarter' THEN 3 WHEN 'year' THEN 12 ELSE 1 END, 4) AS fee
  FROM served s
  JOIN ops.terms t ON t.customer_id = s.customer_id
  WHERE t.customer_id = ANY (CAST(:customer_ids AS int[]))
),
said AS (
  SELECT v.customer_id, v.at, v.tier, v.currency, coalesce(v.fee, 0) AS fee, v.fee IS NOT NULL AS names_fee
  FROM version v
  JOIN served s ON s.customer_id = v.customer_id AND v.at < s.at AND (s.stopped_at IS NULL OR v.at < s.stopped_at)
  UNION ALL
  SELECT s.customer_id, s.stopped_at, NULL, NULL, 0, false FROM served s WHERE s.stopped_at < s.at
),
step AS MATERIALIZED (
  SELECT
    a.*, lag(a.fee, 1, 0) OVER w AS before, lag(a.tier) OVER w AS before_tier,
    -- the currency of the last fee that was named: a version without one has none
    (array_agg(a.currency) FILTER (WHERE a.names_fee) OVER earlier)[CAST(count(*) FILTER (WHERE a.names_fee) OVER earlier AS int)] AS before_currency,
    coalesce(max(a.fee) OVER earlier, 0) > 0 AS has_paid
  FROM said a
  WINDOW w AS (PARTITION BY a.customer_id ORDER BY a.at),
         earlier AS (PARTITION BY a.customer_id ORDER BY a.at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)
