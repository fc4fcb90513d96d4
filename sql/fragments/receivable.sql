-- Everything that moved what is owed to the customer, tax included: bills, credit notes, cancellations, payments.
-- expects: cut (customer_id int, at timestamptz, time_zone text), one row per customer; parameter customer_ids
-- gives:   what receivable_bill gives; movement, one row per invoice and movement before cut.at: kind (issued, credited, cancelled, paid, settled), at, amount;
--          owed, one row per invoice and lone credit note: amount (null: not known), due_on, is_overdue at cut.at, is_unknown (no amount, a
--          state nobody could read, or paid in part by nobody knows how much)
-- source:  [ours] metrics.md C16: gross of tax on both sides, credit notes netted in sales, also those on no invoice; cash that names no
--          invoice is not read; a payment counts on the day it was made; what a system calls paid and shows no payment for is settled when it said so
-- include: receivable_bill
,
credited AS (
  SELECT b.customer_id, b.system_id, b.credits_ref AS invoice_id, sum(b.gross) AS gross
  FROM bill b
  WHERE b.is_credit AND b.credits_ref IS NOT NULL AND b.posted_at < b.cut_at
  GROUP BY b.customer_id, b.system_id, b.credits_ref
),
known AS (  -- a join of so many rows that nobody can foretell becomes a loop; a full one never does
  SELECT l.*, coalesce(k.gross, 0) AS credited
  FROM known_bill l
  FULL JOIN credited k ON k.customer_id = l.customer_id AND k.system_id = l.system_id AND k.invoice_id = l.invoice_id
  WHERE coalesce(l.customer_id, 0) > 0  -- none but bills
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
  SELECT l.customer_id, l.system_id, l.invoice_id, l.currency, 'cancelled', l.cancelled_at, -greatest(0, l.gross - l.credited), l.cut_at
  FROM known l
  WHERE l.cancelled_at IS NOT NULL
  UNION ALL
  SELECT p.customer_id, p.system_id, p.invoice_id, p.currency, 'paid', p.at, -p.amount, c.at
  FROM payment p
  JOIN cut c ON c.customer_id = p.customer_id
  UNION ALL
  SELECT
    l.customer_id, l.system_id, l.invoice_id, l.currency, 'settled', l.settled_at, -(l.gross - l.credited - l.paid_in_all), l.cut_at
  FROM known l
  WHERE l.settled_at IS NOT NULL AND l.gross - l.credited > l.paid_in_all
),
movement AS MATERIALIZED (
  SELECT m.* FROM moved m WHERE m.at < m.cut_at
),
owed AS MATERIALIZED (
  SELECT
    l.customer_id, l.system_id, l.invoice_id, l.number, l.account_ref, l.currency, l.due_on, l.posted_at, m.amount,
    coalesce(l.due_on < CAST((l.cut_at - interval '1 microsecond') AT TIME ZONE l.time_zone AS date) AND m.amount > 0, false) AS is_overdue,
    l.is_unclear AS is_unknown
  FROM (SELECT l.* FROM known_bill l WHERE l.seen_at < l.cut_at) l
  FULL JOIN (
    SELECT m.customer_id, m.system_id, m.invoice_id, sum(m.amount) AS amount
    FROM movement m
    GROUP BY m.customer_id, m.system_id, m.invoice_id
  ) m ON m.customer_id = l.customer_id AND m.system_id = l.system_id AND m.invoice_id = l.invoice_id
  WHERE coalesce(l.customer_id, 0) > 0
)
