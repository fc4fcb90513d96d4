-- Collection realization: of what was billed for the work of a period, the share that is paid.
-- grain:   one row per customer and part by pieces of billed work (currency null), and one more per currency by value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (account, project, practice, system, month
--          or null)
-- columns: customer_id int; part, currency text; value float8 (0..1; null: nothing was billed); numerator (paid), denominator (billed)
--          numeric; unknown, sample bigint; low, high float8 (if what is owed is never paid, or in full); owed, credited numeric; waiting
--          numeric (standard value of work that waits for its bill); is_mature boolean (nothing is owed, and nothing waits any more)
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
  a.currency, CASE WHEN a.billed > 0 THEN CAST(a.collected / a.billed AS float8) END AS value, a.collected AS numerator, a.billed AS denominator,
  a.unknown_bills AS unknown, a.bills AS sample, CASE WHEN a.billed > 0 THEN CAST(a.collected / a.billed AS float8) END AS low,
  CASE WHEN a.billed > 0 THEN CAST((a.collected + a.owed) / a.billed AS float8) END AS high,
  a.owed, a.credited, a.waiting, a.owed = 0 AND a.waiting = 0 AS is_mature
FROM (
  SELECT s.*, s.collected + s.credited + s.owed AS billed
  FROM collected_sum s
  UNION ALL
  SELECT k.customer_id, '', NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
  FROM look k
  WHERE CAST(:by AS text) IS NULL AND NOT EXISTS (SELECT FROM collected_sum s WHERE s.customer_id = k.customer_id)
) a
LEFT JOIN work_name n ON n.customer_id = a.customer_id AND n.system_id || ' ' || n.ref = a.part
ORDER BY customer_id, part, currency NULLS FIRST
