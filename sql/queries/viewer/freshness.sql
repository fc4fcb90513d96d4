-- A8: how far back is the instant up to which everything that happened has been read?
-- grain:   one row per customer (by null), system or stream
-- params:  customer_ids int[]; since, until, as_of timestamptz (looked at as_of, or now, but not after until); by text (null, system, stream)
-- columns: customer_id int; part, currency text; value float8 (seconds; null: nothing read yet, or a system was never read);
--          numerator, denominator numeric (null); unknown bigint (systems never read), sample bigint (streams read);
--          low, high float8 (null); beside them low_watermark timestamptz (null: none), newest timestamptz (the last instant read,
--          holes or not)
-- source:  metrics.md A8: the low watermark of the ledger's complete polls, not the newest row. What was asked for and is no longer kept by
--          its source holds nothing back: it is missing from coverage, and waiting for it helps nobody
WITH look AS (
  SELECT least(CAST(:until AS timestamptz), coalesce(CAST(:as_of AS timestamptz), now())) AS at,
         CAST(:as_of AS timestamptz) IS NULL AND CAST(:until AS timestamptz) >= now() AS is_now
),
stream AS (
  SELECT k.customer_id, k.system_id, k.stream, k.windows + coalesce(a.windows, '{}') AS windows
  FROM kpi.stream_read k
  CROSS JOIN LATERAL (
    SELECT range_agg(tstzrange(least(p.window_from, CAST(p.cursor_before ->> 'since' AS timestamptz)), p.window_to)) AS windows
    FROM ops.poll p
    WHERE (SELECT count(*) FROM unnest(k.windows)) > 1  -- mostly one: nothing else is asked
      AND p.customer_id = k.customer_id AND p.system_id = k.system_id AND p.stream = k.stream
      AND p.outcome = 'complete' AND p.window_to > p.window_from
  ) a
  WHERE k.customer_id = ANY (CAST(:customer_ids AS int[])) AND (SELECT is_now FROM look)
  UNION ALL
  SELECT
    p.customer_id, p.system_id, p.stream,
    range_agg(tstzrange(
      CASE WHEN p.window_from IS NOT NULL THEN least(p.window_from, CAST(p.cursor_before ->> 'since' AS timestamptz)) END, p.window_to))
  FROM ops.poll p
  WHERE p.customer_id = ANY (CAST(:customer_ids AS int[])) AND NOT (SELECT is_now FROM look)
    AND p.outcome = 'complete' AND p.finished_at <= (SELECT at FROM look)
    AND p.window_to > coalesce(p.window_from, '-infinity')
  GROUP BY p.customer_id, p.system_id, p.stream
),
mark AS (
  SELECT
    s.customer_id, s.system_id, s.key AS system_key, r.stream,
    (SELECT upper(w) FROM unnest(r.windows) u (w) ORDER BY w LIMIT 1) AS low_watermark, upper(r.windows) AS newest
  FROM ops.system s
  LEFT JOIN stream r ON r.customer_id = s.customer_id AND r.system_id = s.system_id
  WHERE s.customer_id = ANY (CAST(:customer_ids AS int[])) AND s.removed_at IS NULL
),
placed AS (
  SELECT
    m.customer_id,
    CASE CAST(:by AS text) WHEN 'system' THEN m.system_key WHEN 'stream' THEN m.system_key || coalesce('/' || m.stream, '') ELSE '' END AS part,
    m.low_watermark, m.newest, m.stream
  FROM mark m
)
SELECT
  p.customer_id, p.part, CAST(NULL AS text) AS currency,
  CASE
    WHEN count(*) FILTER (WHERE p.stream IS NULL) = 0
    THEN CAST(extract(epoch FROM greatest((SELECT at FROM look) - min(p.low_watermark), interval '0')) AS float8)
  END AS value,
  CAST(NULL AS numeric) AS numerator, CAST(NULL AS numeric) AS denominator,
  count(*) FILTER (WHERE p.stream IS NULL) AS unknown, count(p.stream) AS sample,
  CAST(NULL AS float8) AS low, CAST(NULL AS float8) AS high,
  min(p.low_watermark) AS low_watermark, max(p.newest) AS newest
FROM placed p
GROUP BY p.customer_id, p.part
ORDER BY p.customer_id, p.part
