-- What keeps an installation from working, one line a check.
-- grain:   one row per check
-- params:  now timestamptz
-- columns: what text; ok boolean; said text
-- source:  the catalogue and the poll ledger
WITH months AS (
  SELECT to_char(CAST(:now AS timestamptz) + interval '1 month', 'YYYYMM') AS ahead
),
partitions AS (
  SELECT 'partitions' AS what, to_regclass('raw.run_' || m.ahead) IS NOT NULL AS ok,
         CASE WHEN to_regclass('raw.run_' || m.ahead) IS NULL
              THEN 'next month is not made yet; throughline run makes it' ELSE 'next month is ready' END AS said
  FROM months m
),
last_polls AS (
  SELECT DISTINCT ON (p.customer_id, p.system_id, p.stream) p.customer_id, p.system_id, p.stream, p.outcome, p.error
  FROM ops.poll p
  ORDER BY p.customer_id, p.system_id, p.stream, p.started_at DESC
),
streams AS (
  SELECT 'streams' AS what, count(*) FILTER (WHERE l.outcome = 'failed') = 0 AS ok,
         count(*) || ' streams, ' || count(*) FILTER (WHERE l.outcome = 'failed') || ' failed at their last poll' AS said
  FROM last_polls l
  JOIN ops.system s ON s.customer_id = l.customer_id AND s.system_id = l.system_id AND s.removed_at IS NULL
),
worker AS (
  SELECT 'worker' AS what, coalesce(max(p.started_at) > CAST(:now AS timestamptz) - interval '15 minutes', false) AS ok,
         coalesce('last poll ' || to_char(max(p.started_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC',
                  'nothing was ever read') AS said
  FROM ops.poll p
),
held AS (
  SELECT 'quarantine' AS what, true AS ok, count(*) || ' records held' AS said
  FROM ops.quarantine q
  WHERE q.state = 'held'
),
dirty AS (
  SELECT 'cells' AS what, count(*) < 10000 AS ok, count(*) || ' cells wait to be counted' AS said
  FROM ops.dirty_cell d
)
SELECT what, ok, said FROM partitions
UNION ALL SELECT what, ok, said FROM streams
UNION ALL SELECT what, ok, said FROM worker
UNION ALL SELECT what, ok, said FROM held
UNION ALL SELECT what, ok, said FROM dirty
