-- What the survival curve of given items says: quartiles, the interval of the median, mean within 60 days.
-- grain:   one row per group
-- params:  grp text[]; entry, t float8[]; cause int[] (1 reached the end, 2 ended another way, 0 open); weight numeric[]
-- columns: part text; quarter_at, half_at, three_quarters_at, half_low, half_high, within_7_days, within_14_days, within_30_days,
--          mean_within_60_days, watched_up_to float8
-- source:  fragment survival
WITH
item AS (
  SELECT 0 AS customer_id, v.grp AS part, CAST(NULL AS text) AS currency, v.entry, v.t, v.cause, v.weight
  FROM unnest(CAST(:grp AS text[]), CAST(:entry AS float8[]), CAST(:t AS float8[]), CAST(:cause AS int[]), CAST(:weight AS numeric[]))
    v (grp, entry, t, cause, weight)
),
-- include: survival
SELECT
  s.part, s.quarter_at, s.half_at, s.three_quarters_at, s.half_low, s.half_high, s.within_7_days, s.within_14_days, s.within_30_days,
  s.mean_within_60_days, s.watched_up_to
FROM survival_summary s
ORDER BY s.part
