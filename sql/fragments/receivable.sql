-- Everything that moved what is owed to the customer, tax included: bills, credit notes, cancellations, payments.
-- expects: cut (customer_id int, at timestamptz, time_zone text), one row per customer; parameter customer_ids
-- gives:   movement, one row per invoice and movement before cut.at: kind (issued, credited, cancelled, paid, settled), at, amount;
--          owed, one row per invoice and lone credit note: amount (null: not known), due_on, is_overdue at cut.at, is_unknown (no amount, a
--          state nobody could read, or paid in part by nobody knows how much)
-- source:  [ours] metrics.md C16: gross of tax on both sides, credit notes netted in sales, unapplied cash netted in what is owed; a payment
--          counts on the day it was made; what a system calls paid and shows no payment for is settled when it said so
bill AS MATERIALIZED (
  SELECT
    l.customer_id, l.system_id, l.invoice_id, l.number, l.is_credit, o.source_id AS credits_ref, i.account_ref, i.state, i.due_on,
    CAST(i.currency AS text) AS currency, abs(coalesce(i.gross, i.net + i.tax)) AS gross, l.is_unknown,
    -- a credit note is none of a bill's lives: it counts from its own posting
    CASE WHEN l.is_credit AND i.state IN ('posted', 'sent', 'part_paid', 'paid') THEN coalesce(i.posted_at, i.sent_at, i.first_seen_at)
         WHEN l.is_credit THEN CAST('infinity' AS timestamptz) ELSE l.posted_at END AS posted_at,
    least(l.voided_at, l.deleted_at) AS ends_at, i.source_updated_at, i.last_seen_at, c.at AS cut_at, c.time_zone,
    CASE WHEN l.is_unknown THEN l.drafted_at END AS unread_at
  FROM kpi.invoice_life l
  JOIN biz.invoice i ON i.customer_id = l.customer_id AND i.system_id = l.system_id AND i.source_id = l.invoice_id
  JOIN cut c ON c.customer_id = l.customer_id
  LEFT JOIN biz.invoice o ON o.customer_id = i.customer_id AND o.system_id = i.system_id AND o.source_id = i.credits_ref AND o.kind = 'invoice'
  WHERE l.customer_id = ANY (CAST(:customer_ids AS int[])) AND (l.deleted_at = 'infinity' OR l.posted_at < 'infinity')
),
payment AS MATERIALIZED (
  SELECT
    p.customer_id, p.system_id, p.invoice_ref AS invoice_id, p.amount, CAST(p.currency AS text) AS currency,
    coalesce(CAST(p.paid_on AS timestamp) AT TIME ZONE c.time_zone, p.recorded_at, p.first_seen_at) AS at
  FROM biz.payment p
  JOIN cut c ON c.customer_id = p.customer_id
  WHERE p.customer_id = ANY (CAST(:customer_ids AS int[])) AND p.deleted_at IS NULL
),
credited AS (
  SELECT b.customer_id, b.system_id, b.credits_ref AS invoice_id, sum(b.gross) AS gross
  FROM bill b
  WHERE b.is_credit AND b.credits_ref IS NOT NULL AND b.posted_at < b.cut_at
  GROUP BY b.customer_id, b.system_id, b.credits_ref
),
paid AS (
  SELECT p.customer_id, p.system_id, p.invoice_id, sum(p.amount) AS amount, max(p.at) AS last_at, count(*) AS payments, min(p.currency) AS currency,
    max(p.currency) AS other_currency
  FROM payment p
  GROUP BY p.customer_id, p.system_id, p.invoice_id
),
said_paid AS (
  SELECT e.customer_id, e.system_id, e.source_id AS invoice_id, min(e.at) AS at
  FROM biz.state_event e
  WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND e.object_type = 'invoice' AND e.field = 'state' AND e.to_value = 'paid'
  GROUP BY e.customer_id, e.system_id, e.source_id
),
moved AS (
  SELECT b.customer_id, b.system_id, b.invoice_id, b.currency, 'issued' AS kind, b.posted_at AS at, b.gross AS amount, b.cut_at
  FROM bill b
  WHERE NOT b.is_credit
  UNION ALL
  SELECT b.customer_id, b.system_id, coalesce(b.credits_ref, b.invoice_id), b.currency, 'credited', b.posted_at, -b.gross, b.cut_at
  FROM bill b
  WHERE b.is_credit
  UNION ALL
  SELECT b.customer_id, b.system_id, b.invoice_id, b.currency, 'cancelled', greatest(b.ends_at, b.posted_at),
    -greatest(0, b.gross - coalesce(k.gross, 0)), b.cut_at
  FROM bill b
  LEFT JOIN credited k ON k.customer_id = b.customer_id AND k.system_id = b.system_id AND k.invoice_id = b.invoice_id
  WHERE NOT b.is_credit AND b.posted_at < 'infinity' AND b.ends_at < 'infinity'
  UNION ALL
  SELECT p.customer_id, p.system_id, p.invoice_id, p.currency, 'paid', p.at, -p.amount, c.at
  FROM payment p
  JOIN cut c ON c.customer_id = p.customer_id
  UNION ALL
  SELECT b.customer_id, b.system_id, b.invoice_id, b.currency, 'settled',
    greatest(b.posted_at, coalesce(s.at, p.last_at, b.source_updated_at, b.last_seen_at)),
    -(b.gross - coalesce(k.gross, 0) - coalesce(p.amount, 0)), b.cut_at
  FROM bill b
  LEFT JOIN credited k ON k.customer_id = b.customer_id AND k.system_id = b.system_id AND k.invoice_id = b.invoice_id
  LEFT JOIN paid p ON p.customer_id = b.customer_id AND p.system_id = b.system_id AND p.invoice_id = b.invoice_id
  LEFT JOIN said_paid s ON s.customer_id = b.customer_id AND s.system_id = b.system_id AND s.invoice_id = b.invoice_id
  WHERE NOT b.is_credit AND b.state = 'paid' AND b.ends_at = 'infinity' AND b.gross - coalesce(k.gross, 0) > coalesce(p.amount, 0)
),
movement AS MATERIALIZED (
  SELECT m.* FROM moved m WHERE m.at < m.cut_at
),
owed AS MATERIALIZED (
  SELECT
    b.customer_id, b.system_id, b.invoice_id, b.number, b.account_ref, b.currency, b.due_on, b.posted_at, m.amount,
    coalesce(b.due_on < CAST((b.cut_at - interval '1 microsecond') AT TIME ZONE b.time_zone AS date) AND m.amount > 0, false) AS is_overdue,
    b.gross IS NULL OR b.currency IS NULL OR b.is_unknown OR b.state = 'part_paid' AND p.payments IS NULL
      OR coalesce(p.currency <> b.currency OR p.other_currency <> b.currency, false) AS is_unknown
  FROM bill b
  LEFT JOIN (
    SELECT m.customer_id, m.system_id, m.invoice_id, sum(m.amount) AS amount
    FROM movement m
    GROUP BY m.customer_id, m.system_id, m.invoice_id
  ) m ON m.customer_id = b.customer_id AND m.system_id = b.system_id AND m.invoice_id = b.invoice_id
  LEFT JOIN paid p ON p.customer_id = b.customer_id AND p.system_id = b.system_id AND p.invoice_id = b.invoice_id
  WHERE coalesce(b.unread_at, b.posted_at) < b.cut_at AND (NOT b.is_credit OR b.credits_ref IS NULL)
)
