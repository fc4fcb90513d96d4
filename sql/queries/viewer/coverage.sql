-- For which share of the period was everything a figure depends on read?
-- grain:   one row per customer (by null) or per customer and local day or month (by 'day', 'month')
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text; objects text[] (run, invoice, …; empty: everything)
-- columns: customer_id int; part text; covered_seconds, total_seconds float8 (time up to as_of only; both null: nothing
--          that the figure depends on has ever been read)
-- source:  kpi.stream_read: the union of the windows of complete polls, half open; every stream must cover an instant.
--          What was read later about an earlier instant covers it
WITH known AS (
  SELECT k.customer_id, range_intersect_agg(k.windows) AS read
  FROM kpi.stream_read k
  JOIN ops.system s ON s.customer_id = k.customer_id AND s.system_id = k.system_id AND s.removed_at IS NULL
  WHERE k.customer_id = ANY (CAST(:customer_ids AS int[])) AND (cardinality(CAST(:objects AS text[])) = 0 OR k.object = ANY (CAST(:objects AS text[])))
  GROUP BY k.customer_id
),
span AS (
  SELECT c.customer_id, '' AS part, CAST(:since AS timestamptz) AS since, CAST(:until AS timestamptz) AS until
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[])) AND coalesce(CAST(:by AS text), '') NOT IN ('day', 'month')
  UNION ALL
  SELECT
    c.customer_id, to_char(d.opens, u.form),
    greatest(kpi.instant(d.opens, c.time_zone), CAST(:since AS timestamptz)),
    least(kpi.instant(d.opens + u.step, c.time_zone), CAST(:until AS timestamptz))
  FROM (VALUES ('day', 'YYYY-MM-DD', interval '1 day'), ('month', 'YYYY-MM', interval '1 month')) u (unit, form, step)
  CROSS JOIN ops.customer c
  CROSS JOIN LATERAL generate_series(
    date_trunc(u.unit, CAST(:since AS timestamptz) AT TIME ZONE c.time_zone),
    (CAST(:until AS timestamptz) - interval '1 microsecond') AT TIME ZONE c.time_zone, u.step) d (opens)
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[])) AND CAST(:by AS text) = u.unit
),
passed AS (
  SELECT s.customer_id, s.part, s.since, least(s.until, coalesce(CAST(:as_of AS timestamptz), now())) AS until
  FROM span s
)
SELECT
  p.customer_id, p.part,
  CASE WHEN k.read IS NOT NULL AND p.until > p.since THEN coalesce(c.seconds, 0) END AS covered_seconds,
  CASE WHEN k.read IS NOT NULL AND p.until > p.since THEN CAST(extract(epoch FROM p.until - p.since) AS float8) END AS total_seconds
FROM passed p
LEFT JOIN known k ON k.customer_id = p.customer_id
LEFT JOIN LATERAL (
  SELECT CAST(sum(extract(epoch FROM upper(r) - lower(r))) AS float8) AS seconds
  FROM unnest(k.read * tstzmultirange(CASE WHEN p.until > p.since THEN tstzrange(p.since, p.until) END)) u (r)
) c ON true
ORDER BY p.customer_id, p.part
