-- B1: for which share of the agreed service time was the service there?
-- grain:   one row per customer and part; a null value without an agreed service time
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (null, flow, workflow, day)
-- columns: customer_id int; part, currency text; value float8 0..1; numerator (five-minute slices not down), denominator (slices) numeric;
--          unknown (slices without traffic whose meaning is not agreed), sample bigint; low, high float8; beside them agreed_seconds,
--          down_seconds, longest_down_seconds, outages bigint; service_time, quiet text (as the terms say; null: not agreed)
-- source:  metrics.md B1: (agreed service time - downtime) / agreed service time; fragment service_slice
WITH
-- include: agreed
,
-- include: parts
,
-- include: service_slice
,
placed AS (
  SELECT s.customer_id, CASE WHEN CAST(:by AS text) = 'day' THEN s.day ELSE s.part END AS part, s.slice_at, s.verdict, s.outage, s.part AS service
  FROM service_slice s
),
outage AS (
  SELECT o.customer_id, o.part, count(*) AS outages, max(o.slices) * 300 AS longest
  FROM (
    SELECT p.customer_id, p.part, p.service, p.outage, count(*) AS slices
    FROM placed p
    WHERE p.verdict = 'down'
    GROUP BY p.customer_id, p.part, p.service, p.outage
  ) o
  GROUP BY o.customer_id, o.part
),
summed AS (
  SELECT
    q.customer_id, q.part, count(p.slice_at) FILTER (WHERE p.verdict = 'up') AS up, count(p.slice_at) FILTER (WHERE p.verdict = 'down') AS down,
    count(p.slice_at) FILTER (WHERE p.verdict = 'quiet') AS quiet
  FROM (SELECT p.customer_id, p.part FROM part p UNION SELECT p.customer_id, p.part FROM placed p) q
  LEFT JOIN placed p ON p.customer_id = q.customer_id AND p.part = q.part
  GROUP BY q.customer_id, q.part
),
said AS (
  SELECT DISTINCT ON (a.customer_id) a.customer_id, a.objective ->> 'service_time' AS service_time, a.objective ->> 'quiet' AS quiet
  FROM agreed a
  WHERE a.metric IN ('availability', 'B1') AND a.valid_from < CAST(:until AS timestamptz) AND a.valid_to > CAST(:since AS timestamptz)
  ORDER BY a.customer_id, a.valid_from DESC
)
SELECT
  s.customer_id, s.part, CAST(NULL AS text) AS currency, CAST(s.up AS float8) / nullif(s.up + s.down, 0) AS value,
  CAST(s.up AS numeric) AS numerator, CAST(s.up + s.down AS numeric) AS denominator, s.quiet AS unknown, s.up + s.down AS sample,
  CAST(s.up AS float8) / nullif(s.up + s.down + s.quiet, 0) AS low, CAST(s.up + s.quiet AS float8) / nullif(s.up + s.down + s.quiet, 0) AS high,
  (s.up + s.down) * 300 AS agreed_seconds, s.down * 300 AS down_seconds, coalesce(o.longest, 0) AS longest_down_seconds,
  coalesce(o.outages, 0) AS outages, d.service_time, d.quiet
FROM summed s
LEFT JOIN outage o ON o.customer_id = s.customer_id AND o.part = s.part
LEFT JOIN said d ON d.customer_id = s.customer_id
ORDER BY s.customer_id, s.part
