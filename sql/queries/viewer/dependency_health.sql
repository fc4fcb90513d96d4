-- A15: of our readings of a system, which share did it answer?
-- grain:   one row per customer and part; a part that was not read is a row with a null value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (null, system, stream, day)
-- columns: customer_id int; part, currency text; value float8 0..1; numerator (answered), denominator (all) numeric; unknown, sample bigint;
--          low, high float8; beside them state text (up, degraded, down at the end of the period: the worst stream of all; null: not read
--          in the seven days before; null by day), faults text[] (kinds, the commonest first), headroom float8 (of a rate limit, at its worst;
--          null: none is told), seconds_per_page_p95 float8, runs_failed_by_system bigint (runs of the platforms that ended in such a
--          fault, of whichever system; null in parts)
-- source:  metrics.md A15; fragment dependency_call. A stream is down when its last three readings met faults, degraded when one of them did;
--          states are never averaged: OpenSLO, composite objectives
WITH
-- include: dependency_call
,
part AS (
  SELECT c.customer_id, '' AS part
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[])) AND CAST(:by AS text) IS NULL
  UNION
  SELECT s.customer_id, s.key
  FROM ops.system s
  WHERE s.customer_id = ANY (CAST(:customer_ids AS int[])) AND CAST(:by AS text) = 'system' AND s.removed_at IS NULL
  UNION
  SELECT s.customer_id, s.key || coalesce('/' || k.stream, '')
  FROM ops.system s
  LEFT JOIN kpi.stream_read k ON k.customer_id = s.customer_id AND k.system_id = s.system_id
  WHERE s.customer_id = ANY (CAST(:customer_ids AS int[])) AND CAST(:by AS text) = 'stream' AND s.removed_at IS NULL
  UNION
  SELECT c.customer_id, to_char(d.day, 'YYYY-MM-DD')
  FROM ops.customer c
  CROSS JOIN LATERAL generate_series(
    date_trunc('day', CAST(:since AS timestamptz) AT TIME ZONE c.time_zone), (SELECT l.at FROM call_look l) AT TIME ZONE c.time_zone, interval '1 day') d (day)
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[])) AND CAST(:by AS text) = 'day'
),
placed AS (
  SELECT
    x.*,
    CASE CAST(:by AS text)
      WHEN 'system' THEN x.system_key
      WHEN 'stream' THEN x.system_key || '/' || x.stream
      WHEN 'day' THEN to_char(x.started_at AT TIME ZONE c.time_zone, 'YYYY-MM-DD')
      ELSE ''
    END AS part,
    row_number() OVER (PARTITION BY x.customer_id, x.system_id, x.stream, x.verdict = 'unknown' ORDER BY x.started_at DESC, x.poll_id DESC) AS back
  FROM call x
  JOIN ops.customer c ON c.customer_id = x.customer_id
),
state AS (
  -- unknown readings are no news about the system
  SELECT t.customer_id, t.part, max(t.badness) AS badness
  FROM (
    SELECT p.customer_id, p.part, CASE count(*) FILTER (WHERE p.verdict = 'fault') WHEN 0 THEN 0 WHEN 3 THEN 2 ELSE 1 END AS badness
    FROM placed p
    CROSS JOIN call_look l
    WHERE p.verdict <> 'unknown' AND p.back <= 3 AND p.started_at >= l.at - interval '7 days'
    GROUP BY p.customer_id, p.part, p.system_id, p.stream
  ) t
  GROUP BY t.customer_id, t.part
),
kind AS (
  SELECT k.customer_id, k.part, array_agg(k.error_kind ORDER BY k.n DESC, k.error_kind) AS faults
  FROM (
    SELECT p.customer_id, p.part, p.error_kind, count(*) AS n
    FROM placed p
    WHERE p.verdict = 'fault' AND p.is_in_period
    GROUP BY p.customer_id, p.part, p.error_kind
  ) k
  GROUP BY k.customer_id, k.part
),
summed AS (
  SELECT
    q.customer_id, q.part, count(p.poll_id) FILTER (WHERE p.verdict = 'answered') AS answered,
    count(p.poll_id) FILTER (WHERE p.verdict <> 'unknown') AS calls, count(p.poll_id) FILTER (WHERE p.verdict = 'unknown') AS unknown,
    min(p.headroom) AS headroom, percentile_disc(0.95) WITHIN GROUP (ORDER BY p.seconds_per_page) AS seconds_per_page_p95
  FROM (SELECT p.customer_id, p.part FROM part p UNION SELECT p.customer_id, p.part FROM placed p WHERE p.is_in_period) q
  LEFT JOIN placed p ON p.customer_id = q.customer_id AND p.part = q.part AND p.is_in_period
  GROUP BY q.customer_id, q.part
),
failed_run AS (
  SELECT r.customer_id, count(*) AS n
  FROM raw.run r
  CROSS JOIN call_look l
  WHERE r.customer_id = ANY (CAST(:customer_ids AS int[])) AND r.due_at >= CAST(:since AS timestamptz) AND r.due_at <= l.at AND r.finished_at <= l.at
    AND CAST(:by AS text) IS NULL AND r.status IN ('failed', 'timeout', 'partial')
    AND (r.status = 'timeout' OR r.error_code ~ '^(5[0-9][0-9]|401|403|408|429)$' OR r.error_type ~* 'timeout|connect|rate.?limit')
  GROUP BY r.customer_id
)
SELECT
  s.customer_id, s.part, CAST(NULL AS text) AS currency, CAST(s.answered AS float8) / nullif(s.calls, 0) AS value,
  CAST(s.answered AS numeric) AS numerator, CAST(s.calls AS numeric) AS denominator, s.unknown, s.calls AS sample,
  CAST(s.answered AS float8) / nullif(s.calls + s.unknown, 0) AS low, CAST(s.answered + s.unknown AS float8) / nullif(s.calls + s.unknown, 0) AS high,
  CASE WHEN coalesce(CAST(:by AS text), '') <> 'day' THEN CASE t.badness WHEN 0 THEN 'up' WHEN 1 THEN 'degraded' WHEN 2 THEN 'down' END END AS state,
  coalesce(k.faults, '{}') AS faults, s.headroom, s.seconds_per_page_p95, CASE WHEN CAST(:by AS text) IS NULL THEN coalesce(f.n, 0) END AS runs_failed_by_system
FROM summed s
LEFT JOIN state t ON t.customer_id = s.customer_id AND t.part = s.part
LEFT JOIN kind k ON k.customer_id = s.customer_id AND k.part = s.part
LEFT JOIN failed_run f ON f.customer_id = s.customer_id
ORDER BY s.customer_id, s.part
