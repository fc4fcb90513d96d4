-- C10: of the records that two systems have to hold alike, which share is in both and equal? The four cells, by count and in money.
-- grain:   one row per customer and part by count (currency null), null when nothing is to be compared; and one more per currency, by value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (null, flow, workflow, system (that was written
--          to), object, day, month)
-- columns: customer_id int; part, currency text; value float8 0..1; numerator (in both and equal), denominator (in either) numeric; unknown (a
--          suggestion only, not read so far; by value: without an amount in one currency), sample bigint; low, high float8;
--          equal, different, source_only, target_only, unsure, not_read, pending numeric (money in a currency); automatic, suggested, manual
--          bigint (how they were matched); broken_1d, broken_7d, broken_30d, broken_older bigint (breaks by age, up to a day, a week, thirty
--          days); gross_difference, net_difference numeric (Σ |source − target|, Σ (source − target) in a currency: equal totals hide offsetting
--          errors); source_value numeric; gross_share float8 (gross ÷ source value); unknown_amount numeric; fields jsonb (breaks by field)
-- source:  metrics.md C10; fragment parity_item
WITH
-- include: parity_item
,
placed AS (
  SELECT
    i.*,
    CASE CAST(:by AS text)
      WHEN 'flow' THEN f.key
      WHEN 'workflow' THEN f.workflow
      WHEN 'system' THEN y.key
      WHEN 'object' THEN i.target_type
      WHEN 'day' THEN to_char(i.at AT TIME ZONE c.time_zone, 'YYYY-MM-DD')
      WHEN 'month' THEN to_char(i.at AT TIME ZONE c.time_zone, 'YYYY-MM')
      ELSE ''
    END AS part,
    CASE WHEN i.outcome IN ('different', 'source_only', 'target_only') THEN extract(epoch FROM (SELECT n.at FROM parity_now n) - i.broken_at) / 86400 END AS days
  FROM parity_item i
  JOIN ops.customer c ON c.customer_id = i.customer_id
  JOIN ops.flow f ON f.customer_id = i.customer_id AND f.flow_id = i.flow_id
  JOIN ops.system y ON y.customer_id = i.customer_id AND y.system_id = i.target_system_id
),
asked AS (
  SELECT c.customer_id, '' AS part, CAST(NULL AS text) AS currency
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[])) AND CAST(:by AS text) IS NULL
  UNION
  SELECT c.customer_id, to_char(d.opens, u.form), CAST(NULL AS text)
  FROM (VALUES ('day', 'YYYY-MM-DD', interval '1 day'), ('month', 'YYYY-MM', interval '1 month')) u (unit, form, step)
  CROSS JOIN ops.customer c
  CROSS JOIN LATERAL generate_series(
    date_trunc(u.unit, CAST(:since AS timestamptz) AT TIME ZONE c.time_zone),
    least(CAST(:until AS timestamptz) - interval '1 microsecond', (SELECT n.at FROM parity_now n)) AT TIME ZONE c.time_zone, u.step) d (opens)
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[])) AND CAST(:by AS text) = u.unit
  UNION
  SELECT p.customer_id, p.part, m.currency
  FROM placed p
  CROSS JOIN LATERAL (SELECT CAST(NULL AS text) AS currency UNION ALL SELECT p.currency WHERE p.value IS NOT NULL) m
),
weighed AS (
  SELECT
    q.customer_id, q.part, q.currency, p.outcome, p.match, p.days,
    CASE WHEN q.currency IS NULL THEN CAST(1 AS numeric) WHEN p.currency = q.currency THEN p.value END AS weight,
    q.currency IS NOT NULL AND p.value IS NULL AS is_worthless,
    CASE WHEN p.currency = q.currency AND p.outcome IN ('equal', 'different', 'source_only', 'target_only') THEN coalesce(p.v_source, 0) END AS v_source,
    -- an amount that one side does not hold beside its record was not compared
    CASE WHEN p.currency = q.currency AND p.outcome IN ('equal', 'different', 'source_only', 'target_only')
          AND (p.outcome IN ('source_only', 'target_only') OR p.v_source IS NOT NULL AND p.v_target IS NOT NULL)
         THEN coalesce(p.v_source, 0) - coalesce(p.v_target, 0) END AS difference
  FROM asked q
  JOIN placed p ON p.customer_id = q.customer_id AND p.part = q.part
),
summed AS (
  SELECT
    q.customer_id, q.part, q.currency,
    coalesce(sum(w.weight) FILTER (WHERE w.outcome = 'equal'), 0) AS equal,
    coalesce(sum(w.weight) FILTER (WHERE w.outcome = 'different'), 0) AS different,
    coalesce(sum(w.weight) FILTER (WHERE w.outcome = 'source_only'), 0) AS source_only,
    coalesce(sum(w.weight) FILTER (WHERE w.outcome = 'target_only'), 0) AS target_only,
    coalesce(sum(w.weight) FILTER (WHERE w.outcome = 'unsure'), 0) AS unsure,
    coalesce(sum(w.weight) FILTER (WHERE w.outcome = 'not_read'), 0) AS not_read,
    coalesce(sum(w.weight) FILTER (WHERE w.outcome = 'pending'), 0) AS pending,
    count(*) FILTER (WHERE w.weight IS NOT NULL AND w.match = 'automatic') AS automatic,
    count(*) FILTER (WHERE w.weight IS NOT NULL AND w.match = 'suggested') AS suggested,
    count(*) FILTER (WHERE w.weight IS NOT NULL AND w.match = 'manual') AS manual,
    count(*) FILTER (WHERE w.weight IS NOT NULL AND w.days <= 1) AS broken_1d,
    count(*) FILTER (WHERE w.weight IS NOT NULL AND w.days > 1 AND w.days <= 7) AS broken_7d,
    count(*) FILTER (WHERE w.weight IS NOT NULL AND w.days > 7 AND w.days <= 30) AS broken_30d,
    count(*) FILTER (WHERE w.weight IS NOT NULL AND w.days > 30) AS broken_older,
    count(*) FILTER (WHERE w.weight IS NOT NULL AND w.outcome IN ('equal', 'different', 'source_only', 'target_only')) AS sample,
    count(*) FILTER (WHERE w.weight IS NOT NULL AND w.outcome IN ('unsure', 'not_read') OR w.is_worthless AND w.outcome <> 'pending') AS unknown,
    sum(abs(w.difference)) AS gross_difference, sum(w.difference) AS net_difference, sum(w.v_source) AS source_value
  FROM asked q
  LEFT JOIN weighed w ON w.customer_id = q.customer_id AND w.part = q.part AND w.currency IS NOT DISTINCT FROM q.currency
  GROUP BY q.customer_id, q.part, q.currency
),
field AS (
  SELECT d.customer_id, d.part, jsonb_object_agg(d.field, d.n ORDER BY d.field) AS fields
  FROM (
    SELECT p.customer_id, p.part, x.field, count(*) AS n
    FROM placed p
    CROSS JOIN LATERAL jsonb_object_keys(p.differing) x (field)
    WHERE p.outcome = 'different'
    GROUP BY p.customer_id, p.part, x.field
  ) d
  GROUP BY d.customer_id, d.part
),
share AS (
  SELECT s.*, s.equal + s.different + s.source_only + s.target_only AS either, s.unsure + s.not_read AS doubt
  FROM summed s
)
SELECT
  s.customer_id, s.part, s.currency, CAST(s.equal / nullif(s.either, 0) AS float8) AS value, s.equal AS numerator, s.either AS denominator,
  s.unknown, s.sample, CAST(s.equal / nullif(s.either + s.doubt, 0) AS float8) AS low,
  CAST((s.equal + s.doubt) / nullif(s.either + s.doubt, 0) AS float8) AS high,
  s.equal, s.different, s.source_only, s.target_only, s.unsure, s.not_read, s.pending, s.automatic, s.suggested, s.manual,
  s.broken_1d, s.broken_7d, s.broken_30d, s.broken_older,
  s.gross_difference, s.net_difference, s.source_value, CAST(s.gross_difference / nullif(s.source_value, 0) AS float8) AS gross_share,
  s.doubt AS unknown_amount, CASE WHEN s.currency IS NULL THEN coalesce(f.fields, '{}') END AS fields
FROM share s
LEFT JOIN field f ON f.customer_id = s.customer_id AND f.part = s.part
ORDER BY s.customer_id, s.part, s.currency NULLS FIRST
