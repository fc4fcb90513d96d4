-- The slow end of a curve: when nine of ten have come to their end, and the mean of the first day.
-- expects: survival_step (fragment survival), times in seconds
-- gives:   survival_tail, one row per group: ninety_at float8 (infinity: not reached), mean_within_1_day float8 (what is not there after a day
--          counts a day; null: nobody was watched that long), watched_up_to float8
-- source:  restricted mean survival time, the area under the curve up to a day; metrics.md B6 and 4.1
survival_tail AS MATERIALIZED (
  SELECT
    r.customer_id, r.part, r.currency,
    coalesce(min(r.at) FILTER (WHERE r.incidence >= 0.90 - 1e-9), CAST('infinity' AS float8)) AS ninety_at,
    CASE WHEN max(r.at) >= 86400 OR min(r.survival) <= 1e-9 THEN
      least(min(r.at), 86400)
      + coalesce(sum((1 - r.incidence) * (least(coalesce(r.next_at, 86400), 86400) - r.at)) FILTER (WHERE r.at < 86400), 0)
    END AS mean_within_1_day
  FROM survival_step r
  GROUP BY r.customer_id, r.part, r.currency
)
