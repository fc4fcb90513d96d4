-- B8: how many incidents began, and how long did things run between them?
-- grain:   one row per customer and part; 0 when nothing happened, null for a customer of whom nothing was ever read
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (null, severity, rule)
-- columns: customer_id int; part, currency text; value, numerator numeric; denominator numeric (null); unknown, sample bigint; low, high
--          float8 (null); beside them open_now bigint; up_seconds, down_seconds float8 (some incident was open in the period, whenever it began,
--          overlaps counted once); between_seconds float8 (time up for each incident; null: fewer than eight, which are listed instead); listed jsonb (null
--          from eight on)
-- source:  metrics.md B8: mean time between failures = time up / incidents; fragment incident
WITH
-- include: incident
,
timed AS (SELECT u.*, u.onset_at >= CAST(:since AS timestamptz) AS is_of_period FROM under_way u),
-- include: incident_part
,
-- include: exception_read
,
summed AS (
  SELECT
    p.customer_id, p.part, count(x.customer_id) FILTER (WHERE x.is_of_period) AS n,
    count(x.customer_id) FILTER (WHERE x.is_of_period AND x.restored_at IS NULL AND x.waived_at IS NULL) AS open_now,
    CAST(extract(epoch FROM greatest(interval '0', l.until_at - CAST(:since AS timestamptz))) AS float8) AS passed,
    range_agg(tstzrange(greatest(x.onset_at, CAST(:since AS timestamptz)), least(x.restored_at, x.waived_at, l.until_at))) FILTER (
      WHERE greatest(x.onset_at, CAST(:since AS timestamptz)) < least(x.restored_at, x.waived_at, l.until_at)) AS down,
    jsonb_agg(jsonb_build_object('title', x.title, 'onset_at', x.onset_at, 'restored_at', x.restored_at) ORDER BY x.onset_at)
      FILTER (WHERE x.is_of_period) AS listed
  FROM part p
  CROSS JOIN incident_look l
  LEFT JOIN placed x ON x.customer_id = p.customer_id AND x.part = p.part
  GROUP BY p.customer_id, p.part, l.until_at
),
measured AS (
  SELECT s.*, coalesce(d.seconds, 0) AS down_seconds
  FROM summed s
  LEFT JOIN LATERAL (
    SELECT CAST(sum(extract(epoch FROM upper(u.r) - lower(u.r))) AS float8) AS seconds FROM unnest(s.down) u (r)
  ) d ON true
)
SELECT
  m.customer_id, m.part, CAST(NULL AS text) AS currency, CASE WHEN k.customer_id IS NOT NULL THEN CAST(m.n AS numeric) END AS value,
  CASE WHEN k.customer_id IS NOT NULL THEN CAST(m.n AS numeric) END AS numerator, CAST(NULL AS numeric) AS denominator,
  CAST(0 AS bigint) AS unknown, m.n AS sample, CAST(NULL AS float8) AS low, CAST(NULL AS float8) AS high,
  m.open_now, m.passed - m.down_seconds AS up_seconds, m.down_seconds, CASE WHEN m.n >= 8 THEN (m.passed - m.down_seconds) / m.n END AS between_seconds,
  CASE WHEN m.n < 8 THEN coalesce(m.listed, '[]') END AS listed
FROM measured m
LEFT JOIN exception_read k ON k.customer_id = m.customer_id
ORDER BY m.customer_id, m.part
