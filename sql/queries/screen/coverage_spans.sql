-- The time of a period in which everything was read, and the time in which something was not, piece by piece.
-- grain:   one row per customer and unbroken piece, oldest first; none when nothing was ever read
-- params:  customer_ids int[]; since, until, as_of timestamptz; objects text[] (run, invoice, …; empty: everything)
-- columns: customer_id int; since, until timestamptz; seconds float8; is_read boolean; streams text (those that are missing in a piece
--          that was not read)
-- source:  as viewer/coverage: kpi.stream_read, every stream must cover an instant
WITH stream AS (
  SELECT k.customer_id, s.key || ' ' || replace(k.stream, '_', ' ') AS name, k.windows
  FROM kpi.stream_read k
  JOIN ops.system s ON s.customer_id = k.customer_id AND s.system_id = k.system_id AND s.removed_at IS NULL
  WHERE k.customer_id = ANY (CAST(:customer_ids AS int[])) AND (cardinality(CAST(:objects AS text[])) = 0 OR k.object = ANY (CAST(:objects AS text[])))
),
known AS (
  SELECT
    s.customer_id, range_intersect_agg(s.windows) AS read,
    tstzmultirange(tstzrange(CAST(:since AS timestamptz), greatest(CAST(:since AS timestamptz), least(CAST(:until AS timestamptz), CAST(:as_of AS timestamptz))))) AS passed
  FROM stream s
  GROUP BY s.customer_id
),
piece AS (
  SELECT k.customer_id, true AS is_read, u.r
  FROM known k
  CROSS JOIN LATERAL unnest(k.read * k.passed) u (r)
  UNION ALL
  SELECT k.customer_id, false, u.r
  FROM known k
  CROSS JOIN LATERAL unnest(k.passed - k.read) u (r)
)
SELECT
  p.customer_id, lower(p.r) AS since, upper(p.r) AS until, CAST(extract(epoch FROM upper(p.r) - lower(p.r)) AS float8) AS seconds, p.is_read,
  (SELECT string_agg(s.name, ', ' ORDER BY s.name)
   FROM stream s
   WHERE s.customer_id = p.customer_id AND NOT p.is_read AND NOT s.windows @> p.r) AS streams
FROM piece p
ORDER BY p.customer_id, p.r
