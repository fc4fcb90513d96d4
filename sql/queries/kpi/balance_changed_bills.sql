-- Lists the bills of one customer of which, of whose credit notes or payments something was written, or all of them.
-- grain:   one row of pg_temp.age_subject per invoice and lone credit note
-- params:  customer_id int; source text (days_sales_outstanding); everything boolean
-- columns: rows written
-- source:  biz.invoice, biz.payment, biz.state_event: a bill looks otherwise when one more or one less says something of it, or another at another time
WITH
fact AS (
  SELECT i.system_id, CASE WHEN i.kind = 'credit' THEN coalesce(o.source_id, i.source_id) ELSE i.source_id END AS invoice_id, i.last_seen_at AS at
  FROM biz.invoice i
  LEFT JOIN biz.invoice o ON o.customer_id = i.customer_id AND o.system_id = i.system_id AND o.source_id = i.credits_ref AND o.kind = 'invoice'
  WHERE i.customer_id = CAST(:customer_id AS int)
  UNION ALL
  SELECT p.system_id, p.invoice_ref, p.last_seen_at
  FROM biz.payment p
  WHERE p.customer_id = CAST(:customer_id AS int)
  UNION ALL
  SELECT e.system_id, e.source_id, min(e.at)
  FROM biz.state_event e
  WHERE e.customer_id = CAST(:customer_id AS int) AND e.object_type = 'invoice' AND e.field = 'state' AND e.to_value = 'paid'
  GROUP BY e.system_id, e.source_id
),
standing AS (
  SELECT f.system_id || ' ' || f.invoice_id AS subject, concat_ws(' ', count(*), sum(extract(epoch FROM f.at))) AS state
  FROM fact f
  GROUP BY f.system_id, f.invoice_id
),
-- include: age_changed
INSERT INTO pg_temp.age_subject (subject, state)
SELECT c.subject, c.state
FROM changed c
