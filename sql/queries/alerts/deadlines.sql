-- Expectations that are due soon and not met, and those whose deadline has passed.
-- grain:   one row per rule of the library and integration that has any
-- params:  customer_ids int[]; as_of timestamptz; within_seconds float8; workflows text[] (null: all)
-- columns: customer_id int; key, title, lacks, workflow, flow text; severity, due_soon, overdue int; first_due_at timestamptz (of those due soon);
--          oldest_due_at timestamptz (of those overdue); labels text[] (up to five, the most urgent first)
-- source:  product.md I2; fragment expectation_state: what has not been read is not missing
WITH
look AS (
  SELECT c.customer_id, CAST(:as_of AS timestamptz) + interval '1 microsecond' AS at,
    CAST('infinity' AS timestamptz) AS due_from, CAST('infinity' AS timestamptz) AS due_to, true AS is_waiting_wanted
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
),
-- include: expectation_state
,
near AS (
  SELECT s.*, s.outcome = 'overdue' AS is_overdue
  FROM expectation_state s
  WHERE (CAST(:workflows AS text[]) IS NULL OR s.workflow = ANY (CAST(:workflows AS text[])))
    AND (s.outcome = 'overdue'
         OR s.outcome = 'pending' AND s.due_at < s.looked_at + make_interval(secs => coalesce(CAST(:within_seconds AS float8), 0)))
)
SELECT
  n.customer_id, n.key, n.title, n.lacks, n.workflow, max(f.name) AS flow, CAST(min(n.severity) AS int) AS severity,
  CAST(count(*) FILTER (WHERE NOT n.is_overdue) AS int) AS due_soon, CAST(count(*) FILTER (WHERE n.is_overdue) AS int) AS overdue,
  min(n.due_at) FILTER (WHERE NOT n.is_overdue) AS first_due_at, min(n.due_at) FILTER (WHERE n.is_overdue) AS oldest_due_at,
  (array_agg(n.label ORDER BY n.due_at, n.subject_id))[1:5] AS labels
FROM near n
LEFT JOIN ops.flow f ON f.customer_id = n.customer_id AND f.flow_id = n.flow_id
GROUP BY n.customer_id, n.key, n.title, n.lacks, n.workflow
ORDER BY n.customer_id, n.key
