-- Since when, and until when, what was made of a lead, quote, change order, supplier's bill, payroll or ticket is there and adds up to it.
-- grain:   one row per record and stretch of time in which it did
-- columns: customer_id int; object_type text; system_id int, source_id text (the record's); at, gone_at timestamptz (infinity: it still does);
--          is_dated boolean (false: it did at `at`, nobody knows since when); is_certain boolean (false: an amount that nobody could read, or
--          another currency); end_system_id int, end_id text (what made it whole)
-- source:  [ours] bookings are rounded one by one: a cent each makes no difference. What has no amount, a lead and a ticket need one only
CREATE VIEW kpi.booked WITH (security_invoker = true) AS
WITH
booking AS (
  SELECT
    b.customer_id, b.system_id, b.source_id, b.origin_type, b.origin_key, b.amount, b.currency, b.deleted_at, coalesce(b.created_at, b.first_seen_at) AS made_at,
    b.created_at IS NOT NULL OR EXISTS (
      SELECT FROM biz.budget f WHERE f.customer_id = b.customer_id AND f.system_id = b.system_id AND f.first_seen_at < b.first_seen_at) AS is_dated
  FROM biz.budget b
  UNION ALL
  SELECT
    c.customer_id, c.system_id, c.source_id, c.origin_type, c.origin_key, c.amount, c.currency, c.deleted_at, coalesce(c.posted_at, c.first_seen_at),
    c.posted_at IS NOT NULL OR EXISTS (
      SELECT FROM biz.project_cost f WHERE f.customer_id = c.customer_id AND f.system_id = c.system_id AND f.first_seen_at < c.first_seen_at)
  FROM biz.project_cost c
  UNION ALL
  SELECT
    o.customer_id, o.system_id, o.source_id, 'lead', o.lead_key, NULL, NULL, o.deleted_at, coalesce(o.created_at, o.first_seen_at),
    o.created_at IS NOT NULL OR EXISTS (
      SELECT FROM biz.opportunity f WHERE f.customer_id = o.customer_id AND f.system_id = o.system_id AND f.first_seen_at < o.first_seen_at)
  FROM biz.opportunity o
  WHERE o.lead_key IS NOT NULL
  UNION ALL
  SELECT
    t.customer_id, t.system_id, t.source_id, 'support_ticket', t.ticket_key, NULL, NULL, t.deleted_at, coalesce(t.created_at, t.first_seen_at),
    t.created_at IS NOT NULL OR EXISTS (
      SELECT FROM biz.task f WHERE f.customer_id = t.customer_id AND f.system_id = t.system_id AND f.first_seen_at < t.first_seen_at)
  FROM biz.task t
  WHERE t.ticket_key IS NOT NULL AND t.project_ref IS NOT NULL
),
step AS (  -- each booking comes, and may go
  SELECT
    o.customer_id, o.object_type, o.system_id, o.source_id, o.whole, b.system_id AS end_system_id, b.source_id AS end_id,
    s.is_dated, s.at, s.records, s.records * b.amount AS moved,
    CASE WHEN b.amount IS NULL OR b.currency IS DISTINCT FROM o.currency THEN s.records ELSE 0 END AS unclear
  FROM kpi.called o
  JOIN booking b ON b.customer_id = o.customer_id AND b.origin_type = o.object_type AND kpi.plain_key(b.origin_key) = o.key
    AND coalesce(o.known_to, b.system_id) = b.system_id
  CROSS JOIN LATERAL (VALUES (b.made_at, 1, b.is_dated), (b.deleted_at, -1, true)) s (at, records, is_dated)
  WHERE s.at IS NOT NULL
),
stand AS (
  SELECT
    s.customer_id, s.object_type, s.system_id, s.source_id, s.whole, s.end_system_id, s.end_id, s.is_dated, s.at,
    s.records AS came, sum(s.records) OVER so_far AS records, sum(s.moved) OVER so_far AS moved, sum(s.unclear) OVER so_far AS unclear
  FROM step s
  WINDOW so_far AS (PARTITION BY s.customer_id, s.object_type, s.system_id, s.source_id ORDER BY s.at)
),
told AS (
  SELECT
    s.*, s.records > 0 AND s.whole IS NOT NULL AND s.unclear > 0 AS is_unclear,
    s.records > 0 AND (s.whole IS NULL OR s.unclear = 0 AND abs(s.moved - s.whole) <= 0.01 * s.records) AS is_whole
  FROM stand s
),
stay AS (
  SELECT
    t.*, coalesce(lag(t.is_whole) OVER one_by_one, false) AS was_whole, lead(t.at) OVER one_by_one AS next_at,
    min(t.at) FILTER (WHERE NOT t.is_whole) OVER (one_by_one ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS broken_at
  FROM told t
  WINDOW one_by_one AS (
    PARTITION BY t.customer_id, t.object_type, t.system_id, t.source_id ORDER BY t.at, t.came DESC, t.end_system_id, t.end_id)
)
SELECT
  s.customer_id, s.object_type, s.system_id, s.source_id, s.at,
  coalesce(CASE WHEN s.is_unclear THEN s.next_at ELSE s.broken_at END, CAST('infinity' AS timestamptz)) AS gone_at,
  s.is_dated, NOT s.is_unclear AS is_certain, s.end_system_id, s.end_id
FROM stay s
WHERE s.is_unclear OR s.is_whole AND NOT s.was_whole;
