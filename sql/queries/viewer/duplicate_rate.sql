-- A16: of what was written into the business systems, which share was there already?
-- grain:   one row per customer and part by count (currency null), null without anything written; and one per currency with money: which share
--          of the value was written twice
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (null, kind, system, day)
-- columns: customer_id int; part, currency text; value float8 0..1; numerator (once too often), denominator (all) numeric, money in a currency;
--          unknown (without an amount, beside money), sample bigint; low, high float8 (null); written_twice bigint (transactions
--          of the period whose runs name two targets: what the platform claims, also of objects we do not read; null in parts)
-- source:  metrics.md A16; fragment posted_target
WITH
-- include: posted_target
,
placed AS (
  SELECT
    p.*,
    CASE CAST(:by AS text)
      WHEN 'kind' THEN p.kind
      WHEN 'system' THEN y.key
      WHEN 'day' THEN to_char(p.made_at AT TIME ZONE c.time_zone, 'YYYY-MM-DD')
      ELSE ''
    END AS part
  FROM posted p
  JOIN ops.customer c ON c.customer_id = p.customer_id
  JOIN ops.system y ON y.customer_id = p.customer_id AND y.system_id = p.system_id
),
part AS (
  SELECT c.customer_id, k.part, CAST(NULL AS text) AS currency
  FROM ops.customer c
  CROSS JOIN unnest(CASE CAST(:by AS text) WHEN 'kind' THEN ARRAY['project', 'billing'] WHEN 'system' THEN ARRAY[]::text[]
                                           WHEN 'day' THEN ARRAY[]::text[] ELSE ARRAY[''] END) k (part)
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
  UNION
  SELECT s.customer_id, s.key, CAST(NULL AS text)
  FROM ops.system s
  WHERE s.customer_id = ANY (CAST(:customer_ids AS int[])) AND CAST(:by AS text) = 'system' AND s.removed_at IS NULL
  UNION
  SELECT c.customer_id, to_char(d.day, 'YYYY-MM-DD'), CAST(NULL AS text)
  FROM ops.customer c
  CROSS JOIN LATERAL generate_series(
    date_trunc('day', CAST(:since AS timestamptz) AT TIME ZONE c.time_zone),
    least(CAST(:until AS timestamptz) - interval '1 microsecond', coalesce(CAST(:as_of AS timestamptz), kpi.as_of())) AT TIME ZONE c.time_zone,
    interval '1 day') d (day)
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[])) AND CAST(:by AS text) = 'day'
  UNION
  SELECT p.customer_id, p.part, m.currency
  FROM placed p
  CROSS JOIN LATERAL (SELECT CAST(NULL AS text) AS currency UNION ALL SELECT p.currency WHERE p.amount IS NOT NULL AND p.currency IS NOT NULL) m
),
summed AS (
  SELECT
    q.customer_id, q.part, q.currency,
    CASE WHEN q.currency IS NULL THEN CAST(count(p.customer_id) FILTER (WHERE p.is_extra) AS numeric)
         ELSE coalesce(sum(p.amount) FILTER (WHERE p.is_extra AND p.currency = q.currency), 0) END AS extra,
    CASE WHEN q.currency IS NULL THEN CAST(count(p.customer_id) AS numeric) ELSE sum(p.amount) FILTER (WHERE p.currency = q.currency) END AS total,
    count(p.customer_id) FILTER (WHERE q.currency IS NULL OR p.currency = q.currency AND p.amount IS NOT NULL) AS sample,
    count(p.customer_id) FILTER (WHERE q.currency IS NOT NULL AND (p.amount IS NULL OR p.currency IS NULL)) AS unknown
  FROM part q
  LEFT JOIN placed p ON p.customer_id = q.customer_id AND p.part = q.part
  GROUP BY q.customer_id, q.part, q.currency
),
twice AS (
  SELECT t.customer_id, count(*) AS written_twice
  FROM (
    SELECT r.customer_id
    FROM raw.run r
    WHERE r.customer_id = ANY (CAST(:customer_ids AS int[])) AND r.flow_id IS NOT NULL AND r.target_key IS NOT NULL
      AND r.due_at >= CAST(:since AS timestamptz) AND r.due_at < CAST(:until AS timestamptz) AND r.due_at <= (SELECT n.at FROM posted_now n)
    GROUP BY r.customer_id, r.flow_id, r.system_id, r.due_at, r.transaction_key
    HAVING min(r.target_key) <> max(r.target_key)
  ) t
  GROUP BY t.customer_id
)
SELECT
  s.customer_id, s.part, s.currency, CAST(s.extra / nullif(s.total, 0) AS float8) AS value, s.extra AS numerator, s.total AS denominator,
  s.unknown, s.sample, CAST(NULL AS float8) AS low, CAST(NULL AS float8) AS high,
  CASE WHEN CAST(:by AS text) IS NULL AND s.currency IS NULL THEN coalesce(t.written_twice, 0) END AS written_twice
FROM summed s
LEFT JOIN twice t ON t.customer_id = s.customer_id
ORDER BY s.customer_id, s.part, s.currency NULLS FIRST
