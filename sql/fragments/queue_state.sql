-- The last state that a person or detection moved each exception to, and when.
-- expects: look (customer_id int, at timestamptz), one row per customer: what happened at `at` or later has not happened; param customer_ids
-- gives:   queue_state, one row per exception that was ever moved: exception_id, state, at
-- source:  ops.exception_event
queue_state AS (
  SELECT DISTINCT ON (v.customer_id, v.exception_id) v.customer_id, v.exception_id, v.to_state AS state, v.at
  FROM ops.exception_event v
  JOIN look l ON l.customer_id = v.customer_id AND v.at < l.at
  WHERE v.customer_id = ANY (CAST(:customer_ids AS int[])) AND v.to_state IS NOT NULL
  ORDER BY v.customer_id, v.exception_id, v.at DESC, v.event_id DESC
)
