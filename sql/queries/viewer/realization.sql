-- Realization: of the standard value of the work of a period, the share that is billed.
-- grain:   one row per customer and part by pieces of work (currency null), and one more per currency by value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (account, project, practice, system, month
--          or null)
-- columns: customer_id int; part, currency text; value float8 (0..1; null: no work of known value); numerator, denominator numeric (the
--          standard value of all of it); unknown, sample bigint; low, high float8 (if what waits is never billed, or billed in full);
--          waiting numeric; is_mature boolean (nothing waits any more); written_down numeric (standard less billed, of what is billed),
--          lost numeric
-- source:  metrics.md C13; attributed to the day of the work
WITH
-- include: look
,
-- include: realized
,
-- include: realized_sum
SELECT
  a.customer_id,
  kpi.part_name(CAST(:by AS text), a.part, n.name) AS part,
  a.currency, CASE WHEN a.whole > 0 THEN CAST(a.billed / a.whole AS float8) END AS value, a.billed AS numerator, a.whole AS denominator,
  a.unknown, a.sample, CASE WHEN a.whole > 0 THEN CAST(a.billed / a.whole AS float8) END AS low,
  CASE WHEN a.whole > 0 THEN CAST((a.billed + a.waiting) / a.whole AS float8) END AS high,
  a.waiting, a.waiting = 0 AS is_mature, a.billed_standard - a.billed AS written_down, a.lost
FROM (
  SELECT s.*, s.billed_standard + s.lost + s.waiting AS whole
  FROM realized_sum s
  UNION ALL
  SELECT k.customer_id, '', NULL, 0, 0, 0, 0, 0, 0, 0, 0
  FROM look k
  WHERE CAST(:by AS text) IS NULL AND NOT EXISTS (SELECT FROM realized_sum s WHERE s.customer_id = k.customer_id)
) a
LEFT JOIN work_name n ON n.customer_id = a.customer_id AND n.system_id || ' ' || n.ref = a.part
ORDER BY customer_id, part, currency NULLS FIRST
