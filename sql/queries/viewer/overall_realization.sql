-- Overall realization: of the standard value of the work of a period, the share that is paid.
-- grain:   one row per customer and part by pieces of work (currency null), and one more per currency by value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (account, project, practice, system, month
--          or null)
-- columns: customer_id int; part, currency text; value float8 (0..1; null: no work of known value); numerator (paid), denominator (standard
--          value of all of it) numeric; unknown, sample bigint; low, high float8 (if what is owed and what waits is never paid, or in full);
--          owed, credited, waiting, lost numeric; is_mature boolean (nothing is owed, and nothing waits any more)
-- source:  metrics.md C13; attributed to the day of the work
WITH
-- include: look
,
-- include: realized
,
-- include: paid_piece
,
-- include: collected_sum
SELECT
  a.customer_id,
  kpi.part_name(CAST(:by AS text), a.part, n.name) AS part,
  a.currency, CASE WHEN a.whole > 0 THEN CAST(a.collected / a.whole AS float8) END AS value, a.collected AS numerator, a.whole AS denominator,
  a.unknown, a.sample, CASE WHEN a.whole > 0 THEN CAST(a.collected / a.whole AS float8) END AS low,
  CASE WHEN a.whole > 0 THEN CAST((a.collected + a.owed + a.waiting) / a.whole AS float8) END AS high,
  a.owed, a.credited, a.waiting, a.lost, a.owed = 0 AND a.waiting = 0 AS is_mature
FROM (
  SELECT s.*
  FROM collected_sum s
  UNION ALL
  SELECT k.customer_id, '', NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
  FROM look k
  WHERE CAST(:by AS text) IS NULL AND NOT EXISTS (SELECT FROM collected_sum s WHERE s.customer_id = k.customer_id)
) a
LEFT JOIN work_name n ON n.customer_id = a.customer_id AND n.system_id || ' ' || n.ref = a.part
ORDER BY customer_id, part, currency NULLS FIRST
