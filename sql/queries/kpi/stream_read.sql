-- Adds the windows of polls that have finished since to what has been read of their streams.
-- grain:   one row per customer, system and stream
-- params:  none
-- columns: none
-- source:  the ledger; the last hour is looked at again, because polls finish out of order and adding twice is adding once
INSERT INTO kpi.stream_read AS k (customer_id, system_id, stream, object, windows, counted_until)
SELECT
  s.customer_id, s.system_id, s.stream, max(p.object),
  range_agg(tstzrange(p.window_from, p.window_to)), max(p.finished_at)
FROM (
  SELECT p.customer_id, p.system_id, p.stream
  FROM ops.poll p
  WHERE p.outcome = 'complete'
  GROUP BY p.customer_id, p.system_id, p.stream
) s
LEFT JOIN kpi.stream_read known
  ON known.customer_id = s.customer_id AND known.system_id = s.system_id AND known.stream = s.stream
JOIN LATERAL (
  SELECT p.window_from, p.window_to, p.finished_at, coalesce(p.object, regexp_replace(p.stream, 's$', '')) AS object
  FROM ops.poll p
  WHERE p.customer_id = s.customer_id AND p.system_id = s.system_id AND p.stream = s.stream AND p.outcome = 'complete'
    AND p.finished_at > coalesce(known.counted_until - interval '1 hour', '-infinity')
    AND p.window_to > coalesce(p.window_from, '-infinity')
) p ON true
GROUP BY s.customer_id, s.system_id, s.stream
ON CONFLICT (customer_id, system_id, stream) DO UPDATE SET
  object = excluded.object, windows = k.windows + excluded.windows, counted_until = greatest(k.counted_until, excluded.counted_until)
