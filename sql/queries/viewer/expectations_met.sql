-- Expectations met: of the business events that something had to follow by a deadline of the period, the share that it followed in time.
-- grain:   one row per customer and part by count (currency null), and one more per currency by value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (rule, workflow, flow, system, day or null)
-- columns: customer_id int; part, currency text; value float8 (0..1; null: nothing was due); numerator (met), denominator (met, late,
--          overdue) numeric; unknown, sample bigint; low, high float8 (if all that is unknown were missed, or met); late, overdue, pending,
--          withdrawn, not_read bigint; unknown_amount numeric; without_value bigint (decided, of unknown value)
-- source:  product.md I2; attributed to the deadline
WITH
look AS (
  SELECT c.customer_id, coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond' AS at, c.time_zone,
    CAST(:since AS timestamptz) AS due_from, CAST(:until AS timestamptz) AS due_to, false AS is_waiting_wanted
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
),
-- include: expectation_state
,
placed AS (
  SELECT
    s.*,
    CASE CAST(:by AS text)
      WHEN 'rule' THEN s.key
      WHEN 'workflow' THEN s.workflow
      WHEN 'flow' THEN coalesce(f.key, '(none)')
      WHEN 'system' THEN y.key
      WHEN 'day' THEN to_char(s.placed_at AT TIME ZONE k.time_zone, 'YYYY-MM-DD')
      ELSE ''
    END AS part
  FROM expectation_state s
  JOIN look k ON k.customer_id = s.customer_id
  JOIN ops.system y ON y.customer_id = s.customer_id AND y.system_id = s.system_id
  LEFT JOIN ops.flow f ON f.customer_id = s.customer_id AND f.flow_id = s.flow_id
),
counted AS (
  SELECT
    p.customer_id, p.part, m.currency,
    coalesce(sum(m.weight) FILTER (WHERE p.is_met), 0) AS met, coalesce(sum(m.weight) FILTER (WHERE p.is_decided), 0) AS decided,
    coalesce(sum(m.weight) FILTER (WHERE p.is_unknown), 0) AS open,
    count(*) FILTER (WHERE p.is_unknown OR p.is_decided AND m.weight IS NULL) AS unknown,
    count(*) FILTER (WHERE p.is_decided AND m.weight IS NOT NULL) AS sample,
    count(*) FILTER (WHERE p.outcome = 'late') AS late, count(*) FILTER (WHERE p.outcome = 'overdue') AS overdue,
    count(*) FILTER (WHERE p.outcome = 'pending') AS pending, count(*) FILTER (WHERE p.outcome = 'withdrawn') AS withdrawn,
    count(*) FILTER (WHERE p.outcome = 'not read') AS not_read,
    count(*) FILTER (WHERE p.is_decided AND (p.amount IS NULL OR p.currency IS NULL)) AS without_value
  FROM placed p
  CROSS JOIN LATERAL (
    SELECT CAST(NULL AS text) AS currency, CAST(1 AS numeric) AS weight
    UNION ALL
    SELECT p.currency, p.amount WHERE p.currency IS NOT NULL
  ) m
  GROUP BY p.customer_id, p.part, m.currency
),
part AS (
  SELECT k.customer_id, '' AS part, CAST(NULL AS text) AS currency
  FROM look k
  WHERE CAST(:by AS text) IS NULL
  UNION
  SELECT k.customer_id, to_char(d.day, 'YYYY-MM-DD'), NULL
  FROM look k
  CROSS JOIN LATERAL generate_series(
    date_trunc('day', CAST(:since AS timestamptz) AT TIME ZONE k.time_zone),
    least(CAST(:until AS timestamptz) - interval '1 microsecond', k.at) AT TIME ZONE k.time_zone, interval '1 day') d (day)
  WHERE CAST(:by AS text) = 'day'
  UNION
  SELECT n.customer_id, n.part, n.currency
  FROM counted n
)
SELECT
  a.customer_id, a.part, a.currency,
  CASE WHEN n.decided > 0 THEN CAST(n.met / n.decided AS float8) END AS value,
  coalesce(n.met, 0) AS numerator, coalesce(n.decided, 0) AS denominator, coalesce(n.unknown, 0) AS unknown, coalesce(n.sample, 0) AS sample,
  CASE WHEN n.decided + n.open > 0 THEN CAST(n.met / (n.decided + n.open) AS float8) END AS low,
  CASE WHEN n.decided + n.open > 0 THEN CAST((n.met + n.open) / (n.decided + n.open) AS float8) END AS high,
  coalesce(n.late, 0) AS late, coalesce(n.overdue, 0) AS overdue, coalesce(n.pending, 0) AS pending, coalesce(n.withdrawn, 0) AS withdrawn,
  coalesce(n.not_read, 0) AS not_read, coalesce(n.open, 0) AS unknown_amount, coalesce(n.without_value, 0) AS without_value
FROM part a
LEFT JOIN counted n ON n.customer_id = a.customer_id AND n.part = a.part AND n.currency IS NOT DISTINCT FROM a.currency
ORDER BY customer_id, part, currency NULLS FIRST
