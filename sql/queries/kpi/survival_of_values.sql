-- The survival curve of items that the caller gives: for audits, and to check the steps that every such figure goes through.
-- grain:   one row per group and time
-- params:  grp text[]; entry, t float8[]; cause int[] (1 reached the end, 2 ended another way, 0 open); weight numeric[]
-- columns: part text; at float8; at_risk, closed, lost numeric; survival, incidence, lost_incidence, variance float8
-- source:  fragment survival
WITH
item AS (
  SELECT 0 AS customer_id, v.grp AS part, CAST(NULL AS text) AS currency, v.entry, v.t, v.cause, v.weight
  FROM unnest(CAST(:grp AS text[]), CAST(:entry AS float8[]), CAST(:t AS float8[]), CAST(:cause AS int[]), CAST(:weight AS numeric[]))
    v (grp, entry, t, cause, weight)
),
-- include: survival
SELECT s.part, s.at, s.at_risk, s.closed, s.lost, s.survival, s.incidence, s.lost_incidence, s.variance
FROM survival_step s
ORDER BY s.part, s.at
