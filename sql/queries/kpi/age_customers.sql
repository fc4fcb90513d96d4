-- The customers whose ages are not as their work, deals, bills and exceptions have them, and which of these changed.
-- grain:   one row per customer that is not stopped
-- params:  task text
-- columns: customer_id int; marked text[] (the clocks of which days are marked); queue, deals, bills text (each other than before: something
--          of it was written since, or of bills a day has ended); done text[] (what was worked through already)
-- source:  kpi.age_dirty; every pass of detection stamps the exceptions that it changed, every move by a person is an event; collectors stamp
--          what they write, links have the time from which they hold
SELECT
  c.customer_id, ARRAY(SELECT DISTINCT d.kind FROM kpi.age_dirty d WHERE d.customer_id = c.customer_id) AS marked,
  concat_ws(' ', 'queue', extract(epoch FROM x.seen_at), y.moves, y.last) AS queue,
  concat_ws(' ', 'deals', extract(epoch FROM o.seen_at), extract(epoch FROM p.seen_at), l.links, extract(epoch FROM l.moved_at), r.read_until) AS deals,
  concat_ws(' ', 'bills', CAST(kpi.as_of() AT TIME ZONE c.time_zone AS date), extract(epoch FROM b.seen_at), extract(epoch FROM i.seen_at),
            extract(epoch FROM k.seen_at), extract(epoch FROM m.seen_at), extract(epoch FROM n.seen_at)) AS bills,
  coalesce(w.done, '{}') AS done
FROM ops.customer c
LEFT JOIN (
  SELECT e.customer_id, max(e.last_seen_at) AS seen_at FROM ops.exception e GROUP BY e.customer_id
) x ON x.customer_id = c.customer_id
LEFT JOIN (
  SELECT v.customer_id, count(*) AS moves, max(v.event_id) AS last FROM ops.exception_event v GROUP BY v.customer_id
) y ON y.customer_id = c.customer_id
CROSS JOIN LATERAL (SELECT max(t.last_seen_at) AS seen_at FROM biz.opportunity t WHERE t.customer_id = c.customer_id) o
CROSS JOIN LATERAL (SELECT max(t.last_seen_at) AS seen_at FROM biz.project t WHERE t.customer_id = c.customer_id) p
CROSS JOIN LATERAL (SELECT max(t.last_seen_at) AS seen_at FROM biz.invoice t WHERE t.customer_id = c.customer_id) b
CROSS JOIN LATERAL (SELECT max(t.last_seen_at) AS seen_at FROM biz.invoice_line t WHERE t.customer_id = c.customer_id) i
CROSS JOIN LATERAL (SELECT max(t.last_seen_at) AS seen_at FROM biz.billing_link t WHERE t.customer_id = c.customer_id) k
CROSS JOIN LATERAL (SELECT max(t.last_seen_at) AS seen_at FROM biz.milestone t WHERE t.customer_id = c.customer_id) m
CROSS JOIN LATERAL (SELECT max(t.last_seen_at) AS seen_at FROM biz.contract t WHERE t.customer_id = c.customer_id) n
CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE t.valid_to = 'infinity') AS links,
    greatest(max(t.valid_from), max(t.valid_to) FILTER (WHERE t.valid_to < 'infinity')) AS moved_at
  FROM biz.xref t
  WHERE t.customer_id = c.customer_id AND t.relation = 'project_of_opportunity'
) l
CROSS JOIN LATERAL (
  SELECT string_agg(t.system_id || ':' || extract(epoch FROM upper(t.windows)), ' ' ORDER BY t.system_id) AS read_until
  FROM kpi.stream_read t
  WHERE t.customer_id = c.customer_id AND t.object = 'project'
) r
LEFT JOIN kpi.worked_through w ON w.customer_id = c.customer_id AND w.task = CAST(:task AS text)
WHERE c.stopped_at IS NULL
ORDER BY c.customer_id
