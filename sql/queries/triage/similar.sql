-- Past cases like an exception, the most alike and then the latest first: how each ended, how long it took, and what was said last.
-- grain:   one row per closed exception
-- params:  customer_ids int[]; exception_id bigint; row_limit int
-- columns: customer_id int; exception_id bigint; likeness int (1: same fingerprint, 2: same rule and workflow, 3: same class and workflow); customer,
--          title, state, claimed_by, owner, note text (the last that anybody wrote, a reason included); closed_at timestamptz; seconds float8
--          (elapsed, since it came into the queue; since it happened where it was over before that); records, reopen_count int
-- source:  exceptions
WITH
own AS (
  SELECT e.customer_id, e.exception_id, e.fingerprint, e.rule, e.class, f.workflow
  FROM ops.exception e
  LEFT JOIN ops.flow f ON f.customer_id = e.customer_id AND f.flow_id = e.flow_id
  WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND e.exception_id = CAST(:exception_id AS bigint)
),
same_flow AS (
  SELECT f.customer_id, f.flow_id
  FROM own o
  JOIN ops.flow f ON f.workflow = o.workflow
  WHERE f.customer_id = ANY (CAST(:customer_ids AS int[]))
),
alike AS (
  (SELECT 1 AS likeness, e.customer_id, e.exception_id, e.closed_at
   FROM own o
   JOIN ops.exception e ON e.fingerprint = o.fingerprint AND e.exception_id <> o.exception_id
   WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND e.closed_at IS NOT NULL AND e.state <> 'merged'
   ORDER BY e.closed_at DESC
   LIMIT CAST(:row_limit AS int))
  UNION ALL
  (SELECT 2, e.customer_id, e.exception_id, e.closed_at
   FROM own o
   JOIN ops.exception e ON e.rule = o.rule AND e.exception_id <> o.exception_id
   LEFT JOIN same_flow f ON f.customer_id = e.customer_id AND f.flow_id = e.flow_id
   WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND e.closed_at IS NOT NULL AND e.state <> 'merged'
     AND (f.flow_id IS NOT NULL OR o.workflow IS NULL AND e.flow_id IS NULL)
   ORDER BY e.closed_at DESC
   LIMIT CAST(:row_limit AS int))
  UNION ALL
  (SELECT 3, e.customer_id, e.exception_id, e.closed_at
   FROM own o
   JOIN ops.exception e ON e.class = o.class AND e.exception_id <> o.exception_id
   JOIN same_flow f ON f.customer_id = e.customer_id AND f.flow_id = e.flow_id
   WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND e.closed_at IS NOT NULL AND e.state <> 'merged'
   ORDER BY e.closed_at DESC
   LIMIT CAST(:row_limit AS int))
),
ranked AS (
  SELECT a.customer_id, a.exception_id, min(a.likeness) AS likeness, max(a.closed_at) AS closed_at
  FROM alike a
  GROUP BY a.customer_id, a.exception_id
  ORDER BY likeness, closed_at DESC, a.exception_id
  LIMIT CAST(:row_limit AS int)
)
SELECT
  e.customer_id, e.exception_id, r.likeness, c.name AS customer, e.title, e.state, e.closed_at, p.name AS owner,
  CAST(extract(epoch FROM e.closed_at - CASE WHEN e.first_seen_at <= e.closed_at THEN e.first_seen_at ELSE e.opened_at END) AS float8) AS seconds, e.occurrences AS records, e.reopen_count, k.actor AS claimed_by, n.note
FROM ranked r
JOIN ops.exception e ON e.customer_id = r.customer_id AND e.exception_id = r.exception_id
JOIN ops.customer c ON c.customer_id = e.customer_id
LEFT JOIN ops.person p ON p.person_id = e.owner_person_id
LEFT JOIN LATERAL (
  SELECT v.actor FROM ops.exception_event v
  WHERE v.customer_id = e.customer_id AND v.exception_id = e.exception_id AND v.to_state = 'fix_claimed'
  ORDER BY v.at DESC, v.event_id DESC LIMIT 1
) k ON true
LEFT JOIN LATERAL (
  SELECT v.note FROM ops.exception_event v
  WHERE v.customer_id = e.customer_id AND v.exception_id = e.exception_id AND v.note IS NOT NULL
  ORDER BY v.at DESC, v.event_id DESC LIMIT 1
) n ON true
WHERE e.customer_id = ANY (CAST(:customer_ids AS int[]))
ORDER BY r.likeness, r.closed_at DESC, e.exception_id
