-- A11: how many transactions and records got into trouble?
-- grain:   one row per customer and part; a part without trouble is a row with 0, a customer of whom nothing was ever read a null
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (class, rule, flow, workflow, system (of the record),
--          project, practice, day or null)
-- columns: customer_id int; part, currency text; value, numerator numeric (occurrences), denominator numeric (null); unknown, sample
--          bigint; low, high float8 (null); causes bigint (exceptions they belong to), technical, business, still_open bigint
-- source:  metrics.md A11: one per transaction or record and cause; an outage's children are counted, and its one cause beside them
WITH
in_trouble AS (
  SELECT
    o.customer_id, o.exception_id, o.subject_type, o.system_id, o.subject_id, o.flow_id, o.occurred_at, o.cleared_at, e.class, e.rule
  FROM ops.exception_occurrence o
  JOIN ops.exception e ON e.customer_id = o.customer_id AND e.exception_id = o.exception_id
  WHERE o.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND o.occurred_at >= CAST(:since AS timestamptz) AND o.occurred_at < CAST(:until AS timestamptz)
    AND o.occurred_at <= coalesce(CAST(:as_of AS timestamptz), kpi.as_of())
    -- cleared at the very instant: it turned out to be none
    AND o.cleared_at IS DISTINCT FROM o.occurred_at
),
happened AS (
-- include: exception_place
  SELECT
    x.customer_id, x.exception_id, x.class, x.cleared_at,
    CASE CAST(:by AS text)
      WHEN 'class' THEN x.class
      WHEN 'rule' THEN x.rule
      WHEN 'flow' THEN coalesce(f.key, '(no flow)')
      WHEN 'workflow' THEN coalesce(f.workflow, '(no flow)')
      WHEN 'system' THEN coalesce(y.key, '(none)')
-- include: trouble_part
      WHEN 'day' THEN to_char(x.occurred_at AT TIME ZONE c.time_zone, 'YYYY-MM-DD')
      ELSE ''
    END AS part
  FROM in_trouble x
  JOIN ops.customer c ON c.customer_id = x.customer_id
  LEFT JOIN ops.flow f ON f.customer_id = x.customer_id AND f.flow_id = x.flow_id
  LEFT JOIN ops.system y ON y.customer_id = x.customer_id AND y.system_id = x.system_id
),
part AS (
  SELECT c.customer_id, '' AS part
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[])) AND CAST(:by AS text) IS NULL
  UNION
  SELECT h.customer_id, h.part
  FROM happened h
  UNION
  SELECT c.customer_id, to_char(d.day, 'YYYY-MM-DD')
  FROM ops.customer c
  CROSS JOIN LATERAL generate_series(
    date_trunc('day', CAST(:since AS timestamptz) AT TIME ZONE c.time_zone),
    least(CAST(:until AS timestamptz) - interval '1 microsecond', coalesce(CAST(:as_of AS timestamptz), kpi.as_of())) AT TIME ZONE c.time_zone,
    interval '1 day') d (day)
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[])) AND CAST(:by AS text) = 'day'
),
-- include: exception_read
SELECT
  p.customer_id, p.part, CAST(NULL AS text) AS currency,
  CASE WHEN min(l.customer_id) IS NOT NULL THEN CAST(count(h.customer_id) AS numeric) END AS value,
  CASE WHEN min(l.customer_id) IS NOT NULL THEN CAST(count(h.customer_id) AS numeric) END AS numerator,
  CAST(NULL AS numeric) AS denominator, CAST(0 AS bigint) AS unknown, count(h.customer_id) AS sample,
  CAST(NULL AS float8) AS low, CAST(NULL AS float8) AS high,
  count(DISTINCT h.exception_id) AS causes,
  count(h.customer_id) FILTER (WHERE h.class = 'technical') AS technical,
  count(h.customer_id) FILTER (WHERE h.class = 'business') AS business,
  count(h.customer_id) FILTER (WHERE h.cleared_at IS NULL OR h.cleared_at > coalesce(CAST(:as_of AS timestamptz), kpi.as_of())) AS still_open
FROM part p
LEFT JOIN exception_read l ON l.customer_id = p.customer_id
LEFT JOIN happened h ON h.customer_id = p.customer_id AND h.part = p.part
GROUP BY p.customer_id, p.part
ORDER BY p.customer_id, p.part
