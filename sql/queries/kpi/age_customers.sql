-- What of each customer's ages may not be as it was: marked days, touched subjects, and what was written since.
-- grain:   one row per customer that is not stopped
-- params:  task text; told int[], since timestamptz[] (customers of whom something may be new, and what stamp that bears)
-- columns: customer_id int; marked text[] (clocks of which days are marked); changed text[] (sources, deals or bills, of which something was written or
--          subjects are marked); news text[] (queue and deals: other than before when something of it was written); rules text[] (deals and bills:
--          other than before when all of it has to be told again); done text[] (what was worked through already)
-- source:  kpi.age_dirty, kpi.touched; collectors stamp what they write, links have the time from which they hold. Every pass of detection stamps
--          the exceptions that it changed, every act of a person is an event: the last two hundred are kept one by one, for those that commit out of
--          turn. How far projects were read matters only while there are deals of which nobody knows
WITH
written AS (
  SELECT t.customer_id, t.since
  FROM unnest(CAST(:told AS int[]), CAST(:since AS timestamptz[])) t (customer_id, since)
)
SELECT
  c.customer_id, ARRAY(SELECT DISTINCT d.kind FROM kpi.age_dirty d WHERE d.customer_id = c.customer_id) AS marked,
  ARRAY(
    SELECT 'deals' WHERE EXISTS (SELECT FROM biz.opportunity t WHERE t.customer_id = c.customer_id AND t.last_seen_at >= n.since)
      OR EXISTS (SELECT FROM biz.project t WHERE t.customer_id = c.customer_id AND t.last_seen_at >= n.since)
      OR EXISTS (SELECT FROM biz.time_entry t WHERE t.customer_id = c.customer_id AND t.last_seen_at >= n.since)
    UNION ALL
    SELECT 'bills' WHERE EXISTS (SELECT FROM kpi.touched t WHERE t.customer_id = c.customer_id AND t.source = 'bills')
      OR EXISTS (SELECT FROM biz.invoice t WHERE t.customer_id = c.customer_id AND t.last_seen_at >= n.since)
      OR EXISTS (SELECT FROM biz.invoice_line t WHERE t.customer_id = c.customer_id AND t.last_seen_at >= n.since)
      OR EXISTS (SELECT FROM biz.billing_link t WHERE t.customer_id = c.customer_id AND t.last_seen_at >= n.since)
      OR EXISTS (SELECT FROM biz.milestone t WHERE t.customer_id = c.customer_id AND t.last_seen_at >= n.since)
      OR EXISTS (SELECT FROM biz.contract t WHERE t.customer_id = c.customer_id AND t.last_seen_at >= n.since)
      OR EXISTS (SELECT FROM biz.project t WHERE t.customer_id = c.customer_id AND t.last_seen_at >= n.since)
  ) AS changed,
  ARRAY[
    concat_ws(' ', 'queue', extract(epoch FROM x.seen_at), y.last),
    concat_ws(' ', 'deals', l.links, extract(epoch FROM l.moved_at), r.read_until)
  ] AS news,
  ARRAY[
    concat_ws(' ', 'deals by', f.flows),
    concat_ws(' ', 'bills by', date_part('year', kpi.as_of() AT TIME ZONE c.time_zone), s.telling)
  ] AS rules,
  coalesce(w.done, '{}') AS done
FROM ops.customer c
LEFT JOIN written n ON n.customer_id = c.customer_id
CROSS JOIN LATERAL (SELECT max(t.last_seen_at) AS seen_at FROM ops.exception t WHERE t.customer_id = c.customer_id) x
CROSS JOIN LATERAL (
  SELECT md5(string_agg(CAST(v.event_id AS text), ' ')) AS last
  FROM (SELECT v.event_id FROM ops.exception_event v WHERE v.customer_id = c.customer_id ORDER BY v.event_id DESC LIMIT 200) v
) y
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
    AND EXISTS (SELECT FROM kpi.age_piece g WHERE g.customer_id = c.customer_id AND g.kind = 'project_ready_time' AND g.cause = 3)
) r
CROSS JOIN LATERAL (
  SELECT string_agg(concat_ws(':', t.flow_id, t.from_system_id, t.to_system_id, t.removed_at, h.valid_from, h.valid_to), ' '
                    ORDER BY t.flow_id, h.valid_from) AS flows
  FROM ops.flow t
  LEFT JOIN ops.flow_promise h ON h.customer_id = t.customer_id AND h.flow_id = t.flow_id
  WHERE t.customer_id = c.customer_id AND t.workflow = 'opportunity_to_project'
) f
CROSS JOIN LATERAL (
  SELECT string_agg(CAST(t.system_id AS text), ' ' ORDER BY t.system_id) AS telling
  FROM ops.system t
  WHERE t.customer_id = c.customer_id
    AND EXISTS (SELECT FROM biz.invoice z WHERE z.customer_id = c.customer_id AND z.system_id = t.system_id AND z.sent_at IS NOT NULL)
) s
LEFT JOIN kpi.worked_through w ON w.customer_id = c.customer_id AND w.task = CAST(:task AS text)
WHERE c.stopped_at IS NULL
ORDER BY c.customer_id
