-- The last local day that has ended at each customer, which balances were not drawn of it, and what was written since of what they are made of.
-- grain:   one row per customer that is not stopped
-- params:  now timestamptz; task text; told int[], since timestamptz[] (customers of whom something may be new, and what stamp that bears)
-- columns: customer_id int; day date; is_drawn boolean; changed text[] (metrics of whose records something was written, or work was worked out
--          again); queue text (other than before: exceptions were written since, or streams are read from an earlier day on); is_queue_drawn boolean
-- source:  [ours] kpi.worked_through, kpi.touched; every pass of detection stamps the exceptions that it changed, every move by a person is an event: the
--          last two hundred are kept one by one, for those that commit out of turn
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
    SELECT 'backlog' WHERE n.since IS NOT NULL
  ) AS changed,
  q.queue, coalesce(q.queue = ANY (w.done), false) AS is_queue_drawn
FROM ops.customer c
LEFT JOIN written n ON n.customer_id = c.customer_id
CROSS JOIN LATERAL (SELECT CAST(CAST(:now AS timestamptz) AT TIME ZONE c.time_zone AS date) - 1 AS day) d
CROSS JOIN LATERAL (SELECT max(t.last_seen_at) AS seen_at FROM ops.exception t WHERE t.customer_id = c.customer_id) x
CROSS JOIN LATERAL (
  SELECT md5(string_agg(CAST(v.event_id AS text), ' ')) AS last
  FROM (SELECT v.event_id FROM ops.exception_event v WHERE v.customer_id = c.customer_id ORDER BY v.event_id DESC LIMIT 200) v
) y
CROSS JOIN LATERAL (
  SELECT min(lower(k.windows)) AS at FROM kpi.stream_read k WHERE k.customer_id = c.customer_id AND isfinite(lower(k.windows))
) r
CROSS JOIN LATERAL (SELECT concat_ws(' ', 'queue', extract(epoch FROM x.seen_at), y.last, extract(epoch FROM r.at)) AS queue) q
LEFT JOIN kpi.worked_through w ON w.customer_id = c.customer_id AND w.task = CAST(:task AS text)
WHERE c.stopped_at IS NULL
ORDER BY c.customer_id
