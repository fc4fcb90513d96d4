-- Days on which somebody should have worked and nothing was entered a week later, where leave is read.
-- grain:   one row of pg_temp.candidate per person and day; the cause is the person, by the number that the systems know
-- params:  customer_ids int[]; since, until timestamptz (just after now)
-- columns: rule missing_time; began when the week was over; what was entered since is cleared by kpi/detect_gone
-- source:  metrics.md C9
WITH
look AS (
  SELECT c.customer_id, c.time_zone, CAST(:until AS timestamptz) AS at
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND (EXISTS (SELECT FROM biz.leave l WHERE l.customer_id = c.customer_id)
         OR EXISTS (SELECT FROM kpi.stream_read s WHERE s.customer_id = c.customer_id AND s.object = 'leave'))
),
-- include: capacity
,
-- include: expected_day
INSERT INTO pg_temp.candidate (
  customer_id, rule, class, fingerprint, system_id, object_type, object_key, title, severity, subject_type, subject_system_id, subject_id,
  occurred_at)
SELECT
  d.customer_id, 'missing_time', 'business', 'missing_time:' || d.system_id || ':' || d.person_id, d.system_id, 'resource', n.number,
  'Person ' || n.number || ': time not entered', 4, 'day', d.system_id, d.person_id || ' ' || d.day,
  CAST(d.day + 8 AS timestamp) AT TIME ZONE k.time_zone
FROM expected_day d
JOIN look k ON k.customer_id = d.customer_id
JOIN biz.resource r ON r.customer_id = d.customer_id AND r.system_id = d.system_id AND r.source_id = d.person_id
CROSS JOIN LATERAL (SELECT coalesce(r.employee_no, r.source_id) AS number) n
WHERE d.outcome = 'missing'
