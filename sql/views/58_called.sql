-- The keys by which bookings and other records call what they were made of: its number in every system, its id in its own.
-- grain:   one row per record and key
-- columns: customer_id int; object_type text; system_id int, source_id text (the record's); key text (written the plain way; null: it has none);
--          known_to int (the only system that calls it so; null: all do); whole numeric,
--          currency text (what bookings of it have to add up to; null: one is enough); last_seen_at timestamptz
-- source:  [ours] an id alone is no proof elsewhere: two systems count from 1
CREATE VIEW kpi.called WITH (security_invoker = true) AS
SELECT r.customer_id, r.object_type, r.system_id, r.source_id, k.key, k.known_to, r.amount AS whole, CAST(r.currency AS text) AS currency, r.last_seen_at
FROM (
  SELECT q.customer_id, 'quote' AS object_type, q.system_id, q.source_id, q.number, q.amount, q.currency, q.last_seen_at FROM biz.quote q
  UNION ALL
  SELECT c.customer_id, 'change_order', c.system_id, c.source_id, c.number, c.amount, c.currency, c.last_seen_at FROM biz.change_order c
  UNION ALL
  SELECT b.customer_id, 'supplier_bill', b.system_id, b.source_id, b.number, b.amount, b.currency, b.last_seen_at FROM biz.supplier_bill b
  UNION ALL
  SELECT p.customer_id, 'payroll_run', p.system_id, p.source_id, p.number, p.amount, p.currency, p.last_seen_at FROM biz.payroll_run p
  UNION ALL
  SELECT l.customer_id, 'lead', l.system_id, l.source_id, l.number, NULL, NULL, l.last_seen_at FROM biz.lead l
  UNION ALL
  SELECT t.customer_id, 'support_ticket', t.system_id, t.source_id, t.number, NULL, NULL, t.last_seen_at FROM biz.support_ticket t
) r
CROSS JOIN LATERAL (
  VALUES
    (kpi.plain_key(r.number), CAST(NULL AS int)),
    (CASE WHEN kpi.plain_key(r.source_id) IS DISTINCT FROM kpi.plain_key(r.number) THEN kpi.plain_key(r.source_id) END, r.system_id)
) k (key, known_to);
