-- What has been written about each customer since a task looked last, told by the polls that wrote it.
-- grain:   one row per customer that is not stopped and has news
-- params:  task, version text
-- columns: customer_id int; since timestamptz: rows with news bear this stamp or a later one; null: look at everything;
--          poll_floor bigint, done text[]: what to note when the work is done
-- source:  [ours] every row is stamped with the start of the poll that wrote it; a poll is done with when it has ended. A clock would
--          miss what a slow poll commits late. A customer without any poll was written by other means: look at everything
WITH
looked AS (
  SELECT c.customer_id, c.time_zone, coalesce(w.poll_floor, 0) AS poll_floor, coalesce(w.done, '{}') AS done
  FROM ops.customer c
  LEFT JOIN kpi.worked_through w ON w.customer_id = c.customer_id AND w.task = CAST(:task AS text)
  WHERE c.stopped_at IS NULL
),
event AS (
  SELECT p.customer_id, p.poll_id, 'poll ' || p.poll_id AS mark, p.started_at AS at, p.outcome = 'running' AS is_running
  FROM looked l
  JOIN ops.poll p ON p.customer_id = l.customer_id AND p.poll_id > l.poll_floor
  UNION ALL
  SELECT q.customer_id, NULL, 'replay ' || q.quarantine_id || ' ' || extract(epoch FROM q.replayed_at), q.replayed_at, false
  FROM ops.quarantine q
  WHERE q.replayed_at IS NOT NULL
  UNION ALL
  SELECT l.customer_id, NULL, m.mark, CAST('-infinity' AS timestamptz), false
  FROM looked l
  CROSS JOIN LATERAL (VALUES ('zone ' || l.time_zone), ('version ' || CAST(:version AS text))) m (mark)
),
heard AS (
  SELECT
    l.customer_id,
    min(e.at) FILTER (WHERE e.mark <> ALL (l.done)) AS since,
    -- the last two hundred are kept one by one, for those that commit out of turn; none that still runs is passed
    greatest(l.poll_floor, least(
      coalesce((array_agg(e.poll_id ORDER BY e.poll_id DESC) FILTER (WHERE e.poll_id IS NOT NULL))[200], 0),
      min(e.poll_id) FILTER (WHERE e.is_running) - 1)) AS poll_floor
  FROM looked l
  JOIN event e ON e.customer_id = l.customer_id
  GROUP BY l.customer_id, l.poll_floor
)
SELECT
  h.customer_id, CASE WHEN isfinite(h.since) THEN h.since END AS since, h.poll_floor,
  array_agg(e.mark ORDER BY e.mark) AS done
FROM heard h
JOIN event e ON e.customer_id = h.customer_id AND NOT e.is_running AND (e.poll_id IS NULL OR e.poll_id > h.poll_floor)
WHERE h.since IS NOT NULL
GROUP BY h.customer_id, h.since, h.poll_floor
UNION ALL
SELECT l.customer_id, NULL, 0, CAST('{}' AS text[])
FROM looked l
WHERE NOT EXISTS (SELECT FROM ops.poll p WHERE p.customer_id = l.customer_id)
  AND NOT EXISTS (SELECT FROM heard h WHERE h.customer_id = l.customer_id AND h.since IS NOT NULL)
ORDER BY customer_id
