-- The last local day that has ended at each customer, which balances were not drawn of it, and what was written since of what they are made of.
-- grain:   one row per customer that is not stopped
-- params:  now timestamptz; task text; told int[], since timestamptz[] (customers of whom something may be new, and what stamp that bears)
-- columns: customer_id int; day date; is_drawn boolean; changed text[] (metrics of whose records something was written, or work was worked out
--          or counted again, or ages of the queue added up); looked text (other than before: streams are read from an earlier day on)
-- source:  [ours] kpi.worked_through, kpi.touched
WITH
written AS (
  SELECT t.customer_id, t.since
  FROM unnest(CAST(:told AS int[]), CAST(:since AS timestamptz[])) t (customer_id, since)
)
SELECT
  c.customer_id, d.day, coalesce(CAST(d.day AS text) = ANY (w.done), false) AS is_drawn,
  ARRAY(
    SELECT 'unbilled_time' WHERE EXISTS (SELECT FROM kpi.touched t WHERE t.customer_id = c.customer_id AND t.source = 'unbilled_time')
    UNION ALL
    SELECT 'delivery_backlog' WHERE EXISTS (SELECT FROM kpi.touched t WHERE t.customer_id = c.customer_id AND t.source = 'delivery_backlog')
      OR EXISTS (SELECT FROM biz.project t WHERE t.customer_id = c.customer_id AND t.last_seen_at >= n.since)
      OR EXISTS (SELECT FROM biz.time_entry t WHERE t.customer_id = c.customer_id AND t.last_seen_at >= n.since)
    UNION ALL
    SELECT 'days_sales_outstanding' WHERE EXISTS (SELECT FROM biz.invoice t WHERE t.customer_id = c.customer_id AND t.last_seen_at >= n.since)
      OR EXISTS (SELECT FROM biz.payment t WHERE t.customer_id = c.customer_id AND t.last_seen_at >= n.since)
      OR EXISTS (
        SELECT FROM biz.state_event t WHERE t.customer_id = c.customer_id AND t.object_type = 'invoice' AND t.field = 'state' AND t.seen_at >= n.since)
    UNION ALL
    SELECT 'exception_backlog' WHERE EXISTS (SELECT FROM kpi.touched t WHERE t.customer_id = c.customer_id AND t.source = 'exception_backlog')
      OR coalesce(r.looked <> ALL (w.done), true)
    UNION ALL
    SELECT 'backlog' WHERE EXISTS (
      SELECT FROM kpi.touched t WHERE t.customer_id = c.customer_id AND t.source = 'backlog' AND t.subject <= CAST(d.day AS text))
  ) AS changed,
  r.looked
FROM ops.customer c
LEFT JOIN written n ON n.customer_id = c.customer_id
CROSS JOIN LATERAL (SELECT CAST(CAST(:now AS timestamptz) AT TIME ZONE c.time_zone AS date) - 1 AS day) d
CROSS JOIN LATERAL (
  SELECT concat_ws(' ', 'looked', extract(epoch FROM min(lower(k.windows)))) AS looked
  FROM kpi.stream_read k
  WHERE k.customer_id = c.customer_id AND isfinite(lower(k.windows))
) r
LEFT JOIN kpi.worked_through w ON w.customer_id = c.customer_id AND w.task = CAST(:task AS text)
WHERE c.stopped_at IS NULL
ORDER BY c.customer_id
