-- How fast the error budget burns, over the period and over the last minutes, hours and days of it.
-- expects: params customer_ids int[]; since, until, as_of timestamptz (as_of null: now)
-- gives:   agreed, burn_tier (fragments of those names); burn_look, one row per customer: the instant looked from and the target in force;
--          known (fragment known_transaction) from three days before that instant on; burning, the transactions of known that have a target,
--          with the share of a failure each allows (budget)
-- source:  metrics.md B4, 4.5
-- include: agreed
,
-- include: burn_tier
,
burn_look AS MATERIALIZED (
  SELECT
    c.customer_id, l.at, a.share AS target, a.objective ->> 'window' AS window_name,
    CASE WHEN a.share IS NOT NULL THEN
      kpi.target_window_seconds(a.objective ->> 'window', l.at - interval '1 microsecond', c.time_zone) END AS window_seconds
  FROM ops.customer c
  CROSS JOIN (
    SELECT least(CAST(:until AS timestamptz), coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond') AS at
  ) l
  LEFT JOIN agreed a ON a.customer_id = c.customer_id AND a.metric IN ('sync_success_rate', 'A1')
    AND a.valid_from <= l.at - interval '1 microsecond' AND l.at - interval '1 microsecond' < a.valid_to
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
),
burn_span AS (
  SELECT b.customer_id, least(CAST(:since AS timestamptz), b.at - interval '3 days') AS since_at, b.at AS until_at
  FROM burn_look b
),
-- include: known_transaction
,
burning AS MATERIALIZED (
  SELECT k.*, a.share, kpi.budget(1, a.share) AS budget, k.known_at >= CAST(:since AS timestamptz) AS is_in_period
  FROM known k
  JOIN agreed a ON a.customer_id = k.customer_id AND a.metric IN ('sync_success_rate', 'A1') AND a.valid_from <= k.known_at AND k.known_at < a.valid_to
  WHERE a.share IS NOT NULL
)
