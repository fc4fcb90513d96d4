-- Kaplan-Meier and Aalen-Johansen over items of which some are still open, entered late or ended another way.
-- expects: item (customer_id int, part text, currency text, entry, t float8, cause int, weight numeric): under observation in
--          (entry, t]; entry 0: from the start; cause 1 reached the end, 2 ended another way, 0 still open
-- gives:   survival_step, one row per group and time: at_risk just before, closed, lost, survival, incidence (of cause 1),
--          lost_incidence (of cause 2), variance (Greenwood's sum, of survival); and survival_summary, one row per group
-- source:  Kaplan & Meier 1958; Aalen & Johansen 1978; R survival, survfit: ties end before they are censored; the median is the
--          smallest t at which the curve reaches one half, within 1e-9
survival_moment AS (
  SELECT
    i.customer_id, i.part, i.currency, i.t AS at,
    coalesce(sum(i.weight) FILTER (WHERE i.cause = 1), 0) AS closed,
    coalesce(sum(i.weight) FILTER (WHERE i.cause = 2), 0) AS lost,
    sum(i.weight) AS leaving, CAST(0 AS numeric) AS entering
  FROM item i
  WHERE i.t > i.entry OR i.entry <= 0
  GROUP BY i.customer_id, i.part, i.currency, i.t
  UNION ALL
  -- at -1: those who are there from the start, ahead of an end at 0
  SELECT i.customer_id, i.part, i.currency, CASE WHEN i.entry > 0 THEN i.entry ELSE -1 END, 0, 0, 0, sum(i.weight)
  FROM item i
  WHERE i.t > i.entry OR i.entry <= 0
  GROUP BY i.customer_id, i.part, i.currency, CASE WHEN i.entry > 0 THEN i.entry ELSE -1 END
),
survival_count AS (
  SELECT
    m.customer_id, m.part, m.currency, m.at, sum(m.closed) AS closed, sum(m.lost) AS lost,
    coalesce(sum(sum(m.entering) - sum(m.leaving)) OVER (
      PARTITION BY m.customer_id, m.part, m.currency ORDER BY m.at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS at_risk
  FROM survival_moment m
  GROUP BY m.customer_id, m.part, m.currency, m.at
),
survival_product AS (
  SELECT
    n.*,
    CASE WHEN bool_or(n.closed + n.lost > 0 AND n.closed + n.lost >= n.at_risk) OVER before_and_now THEN 0 ELSE
      exp(sum(CASE WHEN n.closed + n.lost > 0 AND n.closed + n.lost < n.at_risk
                   THEN ln(CAST(1 - (n.closed + n.lost) / n.at_risk AS float8)) ELSE 0 END) OVER before_and_now)
    END AS survival,
    sum(CASE WHEN n.closed + n.lost > 0 AND n.closed + n.lost < n.at_risk
             THEN CAST((n.closed + n.lost) / (n.at_risk * (n.at_risk - n.closed - n.lost)) AS float8) ELSE 0 END) OVER before_and_now AS variance
  FROM survival_count n
  WINDOW before_and_now AS (PARTITION BY n.customer_id, n.part, n.currency ORDER BY n.at)
),
survival_before AS (
  SELECT p.*, coalesce(lag(p.survival) OVER (PARTITION BY p.customer_id, p.part, p.currency ORDER BY p.at), 1) AS before
  FROM survival_product p
),
survival_step AS MATERIALIZED (
  SELECT
    b.customer_id, b.part, b.currency, b.at, b.at_risk, b.closed, b.lost, b.survival, b.variance,
    sum(CASE WHEN b.closed > 0 THEN b.before * CAST(b.closed / b.at_risk AS float8) ELSE 0 END) OVER so_far AS incidence,
    sum(CASE WHEN b.lost > 0 THEN b.before * CAST(b.lost / b.at_risk AS float8) ELSE 0 END) OVER so_far AS lost_incidence,
    lead(b.at) OVER so_far AS next_at
  FROM survival_before b
  WHERE b.at >= 0
  WINDOW so_far AS (PARTITION BY b.customer_id, b.part, b.currency ORDER BY b.at)
),
survival_summary AS MATERIALIZED (  -- infinity: not reached by anything seen so far, which is an answer; null: nobody was watched that long
  SELECT
    r.customer_id, r.part, r.currency,
    coalesce(min(r.at) FILTER (WHERE r.incidence >= 0.25 - 1e-9), CAST('infinity' AS float8)) AS quarter_at,
    coalesce(min(r.at) FILTER (WHERE r.incidence >= 0.50 - 1e-9), CAST('infinity' AS float8)) AS half_at,
    coalesce(min(r.at) FILTER (WHERE r.incidence >= 0.75 - 1e-9), CAST('infinity' AS float8)) AS three_quarters_at,
    -- the "log" interval of R; it needs plain counts and one way to end
    CASE WHEN r.currency IS NULL AND sum(r.lost) = 0 THEN
      min(r.at) FILTER (WHERE r.survival * exp(-1.959963984540054 * sqrt(r.variance)) <= 0.5 + 1e-9) END AS half_low,
    CASE WHEN r.currency IS NULL AND sum(r.lost) = 0 THEN
      min(r.at) FILTER (WHERE r.survival * exp(1.959963984540054 * sqrt(r.variance)) <= 0.5 + 1e-9) END AS half_high,
    CASE WHEN max(r.at) >= 604800 OR min(r.survival) <= 1e-9
      THEN coalesce(max(r.incidence) FILTER (WHERE r.at <= 604800), 0) END AS within_7_days,
    CASE WHEN max(r.at) >= 1209600 OR min(r.survival) <= 1e-9
      THEN coalesce(max(r.incidence) FILTER (WHERE r.at <= 1209600), 0) END AS within_14_days,
    CASE WHEN max(r.at) >= 2592000 OR min(r.survival) <= 1e-9
      THEN coalesce(max(r.incidence) FILTER (WHERE r.at <= 2592000), 0) END AS within_30_days,
    -- mean time within the first 60 days; what ends another way never gets there and counts its 60 days
    CASE WHEN max(r.at) >= 5184000 OR min(r.survival) <= 1e-9 THEN
      least(min(r.at), 5184000)
      + coalesce(sum((1 - r.incidence) * (least(coalesce(r.next_at, 5184000), 5184000) - r.at)) FILTER (WHERE r.at < 5184000), 0)
    END AS mean_within_60_days,
    max(r.at) AS watched_up_to
  FROM survival_step r
  GROUP BY r.customer_id, r.part, r.currency
)
