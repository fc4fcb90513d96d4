-- Bills, credit notes and payments, and what is to be known of each bill whenever one asks: none of it depends on the instant.
-- expects: cut (customer_id int, at timestamptz, time_zone text), one row per customer; parameter customer_ids
-- gives:   what receivable_of_watched gives, of all invoices
-- source:  [ours] metrics.md C16
bill_watched AS (
  SELECT l.* FROM kpi.invoice_life l WHERE l.customer_id = ANY (CAST(:customer_ids AS int[]))
),
payment_watched AS (
  SELECT p.* FROM biz.payment p WHERE p.customer_id = ANY (CAST(:customer_ids AS int[]))
),
said_watched AS (
  SELECT e.customer_id, e.system_id, e.source_id, e.field, e.to_value, e.at
  FROM biz.state_event e
  WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND e.object_type = 'invoice'
),
-- include: receivable_of_watched
