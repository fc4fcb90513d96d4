-- Recovered value: what came out of trouble, proven and found by us, every record once.
-- grain:   one row per customer, part and currency, never summed across currencies; what has no known value has a row without currency;
--          a customer with nothing recovered has a row with 0, one of whom nothing was ever read a null
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (rule, flow, type, day, month or null)
-- columns: customer_id int; part, currency text; value, numerator numeric (found by us), denominator numeric (with what the customer told of
--          first); unknown bigint (records of unknown value, or not proven); sample bigint (records of known value that are proven); low, high
--          float8 (null); ours, theirs, again, not_proven, estimated bigint (records)
-- source:  product.md I12; kpi.recovered
WITH
-- include: recovered
,
placed AS (
  SELECT
    r.*, CASE WHEN r.amount IS NOT NULL THEN CAST(r.currency AS text) END AS known_in,
    CASE CAST(:by AS text)
      WHEN 'rule' THEN r.rule
      WHEN 'flow' THEN coalesce(r.flow_key, '(no flow)')
      WHEN 'type' THEN replace(r.object_type, '_', ' ')
      WHEN 'day' THEN to_char(r.recovered_at AT TIME ZONE c.time_zone, 'YYYY-MM-DD')
      WHEN 'month' THEN to_char(r.recovered_at AT TIME ZONE c.time_zone, 'YYYY-MM')
      ELSE ''
    END AS part
  FROM recovered r
  JOIN ops.customer c ON c.customer_id = r.customer_id
),
summed AS (
  SELECT
    p.customer_id, p.part, p.known_in AS currency,
    CASE WHEN p.known_in IS NOT NULL THEN coalesce(sum(p.amount) FILTER (WHERE p.standing = 'ours'), 0) END AS value,
    CASE WHEN p.known_in IS NOT NULL THEN coalesce(sum(p.amount) FILTER (WHERE p.standing IN ('ours', 'theirs')), 0) END AS whole,
    count(*) FILTER (WHERE p.standing = 'not_proven' OR p.known_in IS NULL AND p.standing IN ('ours', 'theirs')) AS unknown,
    count(*) FILTER (WHERE p.standing IN ('ours', 'theirs') AND p.known_in IS NOT NULL) AS sample,
    count(*) FILTER (WHERE p.standing = 'ours') AS ours, count(*) FILTER (WHERE p.standing = 'theirs') AS theirs,
    count(*) FILTER (WHERE p.standing = 'again') AS again, count(*) FILTER (WHERE p.standing = 'not_proven') AS not_proven,
    count(*) FILTER (WHERE p.standing = 'ours' AND p.is_estimated AND p.known_in IS NOT NULL) AS estimated
  FROM placed p
  GROUP BY p.customer_id, p.part, p.known_in
),
looked AS (
  SELECT k.customer_id FROM kpi.stream_read k WHERE k.customer_id = ANY (CAST(:customer_ids AS int[]))
  UNION
  SELECT s.customer_id  -- by its systems, so that not every exception is read to find whether there is one
  FROM ops.system s
  WHERE s.customer_id = ANY (CAST(:customer_ids AS int[])) AND EXISTS (SELECT FROM ops.exception e WHERE e.customer_id = s.customer_id)
)
SELECT
  s.customer_id, s.part, s.currency, s.value, s.value AS numerator, s.whole AS denominator, s.unknown, s.sample, CAST(NULL AS float8) AS low,
  CAST(NULL AS float8) AS high, s.ours, s.theirs, s.again, s.not_proven, s.estimated
FROM summed s
UNION ALL
SELECT
  c.customer_id, '', CASE WHEN l.customer_id IS NOT NULL THEN CAST(c.currency AS text) END,
  CASE WHEN l.customer_id IS NOT NULL THEN 0 END, CASE WHEN l.customer_id IS NOT NULL THEN 0 END,
  CASE WHEN l.customer_id IS NOT NULL THEN 0 END, 0, 0, NULL, NULL, 0, 0, 0, 0, 0
FROM ops.customer c
LEFT JOIN looked l ON l.customer_id = c.customer_id
WHERE c.customer_id = ANY (CAST(:customer_ids AS int[])) AND CAST(:by AS text) IS NULL
  AND NOT EXISTS (SELECT FROM summed s WHERE s.customer_id = c.customer_id)
ORDER BY customer_id, part, currency
