-- The customers whose ages are not as their work and their exceptions have them, and which of the two.
-- grain:   one row per customer that is not stopped
-- params:  task text
-- columns: customer_id int; has_work boolean (days are marked); queue text, is_queue_done boolean (as kpi/balance_days)
-- source:  kpi.age_dirty; every pass of detection stamps the exceptions that it changed, every move by a person is an event
SELECT
  c.customer_id, EXISTS (SELECT FROM kpi.age_dirty d WHERE d.customer_id = c.customer_id AND d.kind = 'time_to_bill') AS has_work,
  q.queue, coalesce(q.queue = ANY (w.done), false) AS is_queue_done
FROM ops.customer c
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
