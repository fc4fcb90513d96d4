-- Tells how long incidents of listed exceptions went on, stood in the queue before a person took them up, and were there before we saw them, in days.
-- grain:   one row of kpi.age_piece per exception, clock (time_to_restore, time_to_acknowledge, time_to_detect), day and way it ended
-- params:  customer_id int; customer_ids int[] (the same one); since, until, as_of timestamptz (-infinity and twice infinity: all of them)
-- columns: rows written
-- source:  metrics.md B6, B6b, B7 (fragment incident_of_cause); over before anybody acted is another way to end an acknowledgement, a waiver one to
--          end a restoration; over before it was in the queue, or seen nobody knows how late, is unknown on that day only
WITH
incident_cause AS MATERIALIZED (
  SELECT e.customer_id, e.exception_id
  FROM pg_temp.age_subject s
  JOIN ops.exception e ON e.customer_id = CAST(:customer_id AS int) AND e.exception_id = CAST(s.subject AS bigint) AND e.class = 'technical'
  WHERE e.customer_id = CAST(:customer_id AS int)
),
-- include: incident_of_cause
,
clock AS (
  SELECT 'time_to_restore' AS kind, i.exception_id, i.onset_at AS began_at, least(i.waived_at, i.restored_at) AS ended_at,
    CASE WHEN i.waived_at IS NOT NULL THEN 2 WHEN i.restored_at IS NOT NULL THEN 1 ELSE 0 END AS cause
  FROM incident i
  UNION ALL
  SELECT 'time_to_acknowledge', i.exception_id, CASE WHEN i.restored_at < i.alerted_at THEN i.onset_at ELSE i.alerted_at END,
    CASE WHEN i.restored_at < i.alerted_at THEN i.onset_at ELSE least(i.acknowledged_at, i.restored_at) END,
    CASE
      WHEN i.restored_at < i.alerted_at THEN 3
      WHEN i.acknowledged_at <= coalesce(i.restored_at, i.acknowledged_at) THEN 1
      WHEN i.restored_at IS NOT NULL THEN 2
      ELSE 0
    END
  FROM incident i
  WHERE i.alerted_at IS NOT NULL
  UNION ALL
  SELECT 'time_to_detect', i.exception_id, i.onset_at, coalesce(i.detected_at, i.onset_at), CASE WHEN i.detected_at IS NULL THEN 3 ELSE 1 END
  FROM incident i
  WHERE i.alerted_at IS NOT NULL
),
told AS (
  SELECT
    k.kind, CAST(k.exception_id AS text) AS subject, CAST(k.began_at AT TIME ZONE c.time_zone AS date) AS began_on,
    greatest(CAST(k.began_at AT TIME ZONE c.time_zone AS date),
             coalesce(CAST(k.ended_at AT TIME ZONE c.time_zone AS date), CAST('infinity' AS date))) AS ended_on,
    k.cause
  FROM clock k
  JOIN ops.customer c ON c.customer_id = CAST(:customer_id AS int)
)
INSERT INTO kpi.age_piece (customer_id, kind, subject, project, currency, began_on, ended_on, cause, holds_from, holds_to, n, n_no_value, amount)
SELECT
  CAST(:customer_id AS int), t.kind, t.subject, '', '', t.began_on, t.ended_on, t.cause, '-infinity', 'infinity', count(*), count(*), 0
FROM told t
GROUP BY t.kind, t.subject, t.began_on, t.ended_on, t.cause
