-- The last local day that has ended at each customer, what its queue was changed by last, and whether its balances were drawn of both.
-- grain:   one row per customer that is not stopped
-- params:  now timestamptz; task text
-- columns: customer_id int; day date; queue text (other than before: exceptions were written since); is_drawn, is_queue_drawn boolean
-- source:  [ours] kpi.worked_through; every pass of detection stamps the exceptions that it changed, every move by a person is an event
SELECT
  c.customer_id, d.day, q.queue, coalesce(CAST(d.day AS text) = ANY (w.done), false) AS is_drawn, coalesce(q.queue = ANY (w.done), false) AS is_queue_drawn
FROM ops.customer c
CROSS JOIN LATERAL (SELECT CAST(CAST(:now AS timestamptz) AT TIME ZONE c.time_zone AS date) - 1 AS day) d
LEFT JOIN (
  SELECT e.customer_id, max(e.last_seen_at) AS seen_at FROM ops.exception e GROUP BY e.customer_id
) x ON x.customer_id = c.customer_id
LEFT JOIN (
  SELECT v.customer_id, count(*) AS moves, max(v.event_id) AS last FROM ops.exception_event v GROUP BY v.customer_id
) y ON y.customer_id = c.customer_id
CROSS JOIN LATERAL (SELECT concat_ws(' ', 'queue', extract(epoch FROM x.seen_at), y.moves, y.last) AS queue) q
LEFT JOIN kpi.worked_through w ON w.customer_id = c.customer_id AND w.task = CAST(:task AS text)
WHERE c.stopped_at IS NULL
ORDER BY c.customer_id
