-- Invoices with the moments at which they became a bill and stopped being one.
-- grain:   one row per invoice or credit note; a credit note is never a bill
-- columns: customer_id, system_id int; invoice_id, number text; is_credit boolean; drafted_at, posted_at (infinity: never a bill), voided_at,
--          deleted_at timestamptz (infinity: it did not happen); posted_precision field, sent, date or observed;
--          is_unknown boolean (a state nobody could read); credited_at timestamptz (from when a credit note counts; infinity: it is none, or does
--          not), and state, account_ref, credits_ref, due_on, currency, net, tax, gross, source_updated_at, last_seen_at as they came
-- source:  [ours] a bill is an invoice in state posted, sent, part_paid or paid, from its posting until it is voided, credited in
--          full or deleted; a draft is not a bill
CREATE VIEW kpi.invoice_life WITH (security_invoker = true) AS
WITH
taken_back AS (  -- credit notes, where the source says what they take back but not when the invoice stopped to count
  SELECT n.customer_id, n.system_id, n.credits_ref AS invoice_id, sum(abs(n.net)) AS net, max(n.posted_at) AS posted_at
  FROM biz.invoice n
  WHERE n.kind = 'credit' AND n.credits_ref IS NOT NULL AND n.posted_at IS NOT NULL AND n.deleted_at IS NULL
    AND n.state IN ('posted', 'sent', 'part_paid', 'paid')
  GROUP BY n.customer_id, n.system_id, n.credits_ref
),
moments AS (
  SELECT
    i.customer_id, i.system_id, i.source_id AS invoice_id, i.number, i.kind = 'credit' AS is_credit, i.state, i.created_at, i.posted_at, i.sent_at,
    CAST(i.issued_on AS timestamp) AT TIME ZONE c.time_zone AS issued_at,
    i.first_seen_at, i.deleted_at, i.account_ref, i.credits_ref, i.due_on, i.currency, i.net, i.tax, i.gross, i.source_updated_at, i.last_seen_at,
    CASE
      WHEN i.voided_at IS NOT NULL THEN i.voided_at
      WHEN t.net >= abs(i.net) THEN t.posted_at
      WHEN i.state IN ('void', 'credited') THEN coalesce(t.posted_at, i.source_updated_at, i.last_seen_at)
    END AS voided_at
  FROM biz.invoice i
  JOIN ops.customer c ON c.customer_id = i.customer_id
  LEFT JOIN taken_back t ON t.customer_id = i.customer_id AND t.system_id = i.system_id AND t.invoice_id = i.source_id
)
SELECT
  m.customer_id, m.system_id, m.invoice_id, m.number, m.is_credit,
  coalesce(least(m.created_at, m.posted_at), CAST('-infinity' AS timestamptz)) AS drafted_at,
  CASE
    WHEN m.is_credit THEN CAST('infinity' AS timestamptz)
    WHEN m.state IN ('posted', 'sent', 'part_paid', 'paid', 'credited')
      THEN coalesce(m.posted_at, m.sent_at, m.issued_at, m.first_seen_at)
    WHEN m.state = 'void' THEN coalesce(m.posted_at, m.sent_at, CAST('infinity' AS timestamptz))
    ELSE CAST('infinity' AS timestamptz)
  END AS posted_at,
  CASE
    WHEN m.posted_at IS NOT NULL THEN 'field'
    WHEN m.sent_at IS NOT NULL THEN 'sent'
    WHEN m.issued_at IS NOT NULL THEN 'date'
    ELSE 'observed'
  END AS posted_precision,
  coalesce(m.voided_at, CAST('infinity' AS timestamptz)) AS voided_at,
  coalesce(m.deleted_at, CAST('infinity' AS timestamptz)) AS deleted_at,
  m.state = 'unknown' AS is_unknown,
  CASE
    WHEN m.is_credit AND m.state IN ('posted', 'sent', 'part_paid', 'paid') THEN coalesce(m.posted_at, m.sent_at, m.first_seen_at)
    ELSE CAST('infinity' AS timestamptz)
  END AS credited_at,
  m.state, m.account_ref, m.credits_ref, m.due_on, m.currency, m.net, m.tax, m.gross, m.source_updated_at, m.last_seen_at
FROM moments m;
