-- A5: of the scheduled slots that came due, which share had a run that began in time?
-- grain:   one row per customer and part; a part without slots is a row with a null value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (null, flow, day, system, workflow)
-- columns: customer_id int; part, currency text; value float8 0..1; numerator, denominator numeric; unknown, sample bigint; low, high float8
--          (every unknown late, in time); beside them late, missed, pending, excused bigint; latest_start_seconds float8 (null: none began)
-- source:  metrics.md A5; a published precedent: Azure Data Factory's agreement, runs initiate within 4 minutes of their scheduled time
WITH
-- include: agreed
,
-- include: slot_start
,
-- include: parts
,
summed AS (
  SELECT
    coalesce(p.customer_id, g.customer_id) AS customer_id, coalesce(p.part, g.part) AS part,
    coalesce(g.kept, 0) AS kept, coalesce(g.late, 0) AS late, coalesce(g.missed, 0) AS missed, coalesce(g.pending, 0) AS pending,
    coalesce(g.excused, 0) AS excused, coalesce(g.unknown, 0) AS unknown, g.latest_start_seconds,
    coalesce(g.kept + g.late + g.missed, 0) AS due
  FROM part p
  FULL JOIN (
    SELECT
      s.customer_id, CASE WHEN CAST(:by AS text) = 'day' THEN to_char(s.due_at AT TIME ZONE c.time_zone, 'YYYY-MM-DD') ELSE f.part END AS part,
      count(*) FILTER (WHERE s.outcome = 'on time') AS kept, count(*) FILTER (WHERE s.outcome = 'late') AS late,
      count(*) FILTER (WHERE s.outcome = 'missed') AS missed, count(*) FILTER (WHERE s.outcome = 'pending') AS pending,
      count(*) FILTER (WHERE s.outcome = 'excused') AS excused, count(*) FILTER (WHERE s.outcome = 'unknown') AS unknown,
      max(s.late_seconds) AS latest_start_seconds
    FROM slot_start s
    JOIN ops.customer c ON c.customer_id = s.customer_id
    JOIN part_of_flow f ON f.customer_id = s.customer_id AND f.flow_id = s.flow_id
    GROUP BY 1, 2
  ) g ON g.customer_id = p.customer_id AND g.part = p.part
)
SELECT
  r.customer_id, r.part, CAST(NULL AS text) AS currency,
  CAST(r.kept AS float8) / nullif(CAST(r.due AS float8), 0) AS value,
  CAST(r.kept AS numeric) AS numerator, CAST(r.due AS numeric) AS denominator, r.unknown, r.due AS sample,
  CAST(r.kept AS float8) / nullif(CAST(r.due + r.unknown AS float8), 0) AS low,
  CAST(r.kept + r.unknown AS float8) / nullif(CAST(r.due + r.unknown AS float8), 0) AS high,
  r.late, r.missed, r.pending, r.excused, r.latest_start_seconds
FROM summed r
ORDER BY r.customer_id, r.part
