-- Failed project creations: won opportunities whose project was not there, usable, by the promised time.
-- grain:   one row per customer and part by count (currency null), and one more per currency by contract value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (account, practice, system, day or null)
-- columns: customer_id int; part, currency text; value, numerator numeric (failed), denominator numeric (decided); unknown, sample bigint;
--          low, high float8 (failed if every unknown were right, or wrong; null by money); missing_silently, missing_with_error, late,
--          created, pending, withdrawn, unsure, not_read, no_promise bigint; without_value bigint (failed, of unknown value)
-- source:  metrics.md C1, from the business systems and not from the run log; attributed to the win
WITH
look AS (
  SELECT c.customer_id, coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond' AS at, CAST(:since AS timestamptz) AS won_from, c.time_zone
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
),
-- include: creation
,
-- include: creation_run
,
-- include: deal_practice
,
placed AS (
  SELECT
    c.*, t.opportunity_id IS NOT NULL AS is_told,
    CASE CAST(:by AS text)
      WHEN 'account' THEN coalesce(c.account, c.account_ref, '(none)')
      WHEN 'practice' THEN coalesce(d.practice, '(no practice)')
      WHEN 'system' THEN y.key
      WHEN 'day' THEN to_char(c.won_at AT TIME ZONE k.time_zone, 'YYYY-MM-DD')
      ELSE ''
    END AS part
  FROM creation c
  JOIN look k ON k.customer_id = c.customer_id
  JOIN ops.system y ON y.customer_id = c.customer_id AND y.system_id = c.system_id
  LEFT JOIN deal_practice d ON CAST(:by AS text) = 'practice' AND d.customer_id = c.customer_id AND d.system_id = c.system_id AND d.opportunity_id = c.opportunity_id
  LEFT JOIN told t ON t.customer_id = c.customer_id AND t.system_id = c.system_id AND t.opportunity_id = c.opportunity_id
  WHERE c.won_at >= CAST(:since AS timestamptz) AND c.won_at < CAST(:until AS timestamptz)
),
part AS (
  SELECT k.customer_id, '' AS part
  FROM look k
  WHERE CAST(:by AS text) IS NULL
  UNION
  SELECT p.customer_id, p.part
  FROM placed p
  UNION
  SELECT k.customer_id, to_char(d.day, 'YYYY-MM-DD')
  FROM look k
  CROSS JOIN LATERAL generate_series(
    date_trunc('day', CAST(:since AS timestamptz) AT TIME ZONE k.time_zone),
    least(CAST(:until AS timestamptz) - interval '1 microsecond', k.at) AT TIME ZONE k.time_zone, interval '1 day') d (day)
  WHERE CAST(:by AS text) = 'day'
)
SELECT
  a.customer_id, a.part, CAST(NULL AS text) AS currency,
  CASE WHEN count(*) FILTER (WHERE p.is_decided) > 0 THEN CAST(count(*) FILTER (WHERE p.is_failed) AS numeric) END AS value,
  CAST(count(*) FILTER (WHERE p.is_failed) AS numeric) AS numerator,
  CAST(count(*) FILTER (WHERE p.is_decided) AS numeric) AS denominator,
  count(*) FILTER (WHERE p.is_unknown) AS unknown,
  count(*) FILTER (WHERE p.is_decided) AS sample,
  CASE WHEN count(*) FILTER (WHERE p.is_decided OR p.is_unknown) > 0 THEN CAST(count(*) FILTER (WHERE p.is_failed) AS float8) END AS low,
  CASE WHEN count(*) FILTER (WHERE p.is_decided OR p.is_unknown) > 0
    THEN CAST(count(*) FILTER (WHERE p.is_failed OR p.is_unknown) AS float8) END AS high,
  count(*) FILTER (WHERE p.outcome = 'missing' AND NOT p.is_told) AS missing_silently,
  count(*) FILTER (WHERE p.outcome = 'missing' AND p.is_told) AS missing_with_error,
  count(*) FILTER (WHERE p.outcome = 'late') AS late,
  count(*) FILTER (WHERE p.outcome = 'created') AS created,
  count(*) FILTER (WHERE p.outcome = 'pending') AS pending,
  count(*) FILTER (WHERE p.outcome = 'withdrawn') AS withdrawn,
  count(*) FILTER (WHERE p.outcome = 'unsure') AS unsure,
  count(*) FILTER (WHERE p.outcome = 'not_read') AS not_read,
  count(*) FILTER (WHERE p.outcome = 'no_promise') AS no_promise,
  count(*) FILTER (WHERE p.is_failed AND (p.amount IS NULL OR p.currency IS NULL)) AS without_value
FROM part a
LEFT JOIN placed p ON p.customer_id = a.customer_id AND p.part = a.part
GROUP BY a.customer_id, a.part
UNION ALL
SELECT
  p.customer_id, p.part, p.currency,
  coalesce(sum(p.amount) FILTER (WHERE p.is_failed), 0), coalesce(sum(p.amount) FILTER (WHERE p.is_failed), 0),
  sum(p.amount) FILTER (WHERE p.is_decided), count(*) FILTER (WHERE p.is_unknown OR p.is_failed AND p.amount IS NULL),
  count(*) FILTER (WHERE p.is_decided AND p.amount IS NOT NULL), NULL, NULL,
  count(*) FILTER (WHERE p.outcome = 'missing' AND NOT p.is_told), count(*) FILTER (WHERE p.outcome = 'missing' AND p.is_told),
  count(*) FILTER (WHERE p.outcome = 'late'), count(*) FILTER (WHERE p.outcome = 'created'), count(*) FILTER (WHERE p.outcome = 'pending'),
  count(*) FILTER (WHERE p.outcome = 'withdrawn'), count(*) FILTER (WHERE p.outcome = 'unsure'),
  count(*) FILTER (WHERE p.outcome = 'not_read'), count(*) FILTER (WHERE p.outcome = 'no_promise'),
  count(*) FILTER (WHERE p.is_failed AND p.amount IS NULL)
FROM placed p
WHERE p.currency IS NOT NULL
GROUP BY p.customer_id, p.part, p.currency
HAVING count(*) FILTER (WHERE p.is_decided) > 0
ORDER BY customer_id, part, currency NULLS FIRST
