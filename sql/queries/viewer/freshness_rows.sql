-- The streams behind A8, the one that is furthest behind first.
-- grain:   one row per stream; a system that was never read is a row without a stream
-- params:  customer_ids int[]; since, until, as_of timestamptz; row_limit int (null: all)
-- columns: customer_id int; system_key, item_id (the stream), label text; at timestamptz (its low watermark); outcome text
--          (what its last poll came to); in_numerator, in_denominator, is_unknown boolean; value float8 (seconds behind);
--          amount numeric; currency, flow_key text (null)
-- source:  the ledger, and kpi.stream_read
WITH look AS (
  SELECT least(CAST(:until AS timestamptz), coalesce(CAST(:as_of AS timestamptz), now())) AS at
),
stream AS (
  SELECT
    p.customer_id, p.system_id, p.stream,
    range_agg(tstzrange(
      CASE WHEN p.window_from IS NOT NULL THEN least(p.window_from, CAST(p.cursor_before ->> 'since' AS timestamptz)) END, p.window_to))
      FILTER (WHERE p.outcome = 'complete' AND p.window_to > coalesce(p.window_from, '-infinity')) AS windows,
    (array_agg(p.outcome ORDER BY p.started_at DESC))[1] AS outcome
  FROM ops.poll p
  WHERE p.customer_id = ANY (CAST(:customer_ids AS int[])) AND p.started_at <= (SELECT at FROM look)
    AND coalesce(p.finished_at <= (SELECT at FROM look), true)
  GROUP BY p.customer_id, p.system_id, p.stream
),
mark AS (
  SELECT
    s.customer_id, s.key AS system_key, r.stream, r.outcome,
    (SELECT upper(w) FROM unnest(r.windows) u (w) ORDER BY w LIMIT 1) AS low_watermark
  FROM ops.system s
  LEFT JOIN stream r ON r.customer_id = s.customer_id AND r.system_id = s.system_id
  WHERE s.customer_id = ANY (CAST(:customer_ids AS int[])) AND s.removed_at IS NULL
)
SELECT
  m.customer_id, m.system_key, coalesce(m.stream, m.system_key) AS item_id, m.system_key || coalesce(' ' || m.stream, '') AS label,
  m.low_watermark AS at, coalesce(m.outcome, 'never read') AS outcome,
  false AS in_numerator, m.low_watermark IS NOT NULL AS in_denominator, m.low_watermark IS NULL AS is_unknown,
  CASE WHEN m.low_watermark IS NOT NULL
    THEN CAST(extract(epoch FROM greatest((SELECT at FROM look) - m.low_watermark, interval '0')) AS float8) END AS value,
  CAST(NULL AS numeric) AS amount, CAST(NULL AS text) AS currency, CAST(NULL AS text) AS flow_key
FROM mark m
ORDER BY m.low_watermark NULLS FIRST, m.system_key, m.stream
LIMIT CAST(:row_limit AS int)
