-- Bills, credit notes and payments, and what is to be known of each bill whenever one asks: none of it depends on the instant.
-- expects: cut (customer_id int, at timestamptz, time_zone text), one row per customer; bill_watched (rows of kpi.invoice_life), payment_watched (of
--          biz.payment), said_watched (what the history says of invoices); parameter customer_ids
-- gives:   bill, one row per invoice and credit note (a credit note counts from its own posting); payment; paid, the payments of one invoice;
--          known_bill, one row per invoice and lone credit note: columns of bill, seen_at (from when it can be told), cancelled_at, settled_at
--          (null: never; settled: the system calls it paid), paid_in_all, is_unclear (no amount, a state nobody could read, or paid in part
--          by nobody knows how much)
-- source:  [ours] metrics.md C16
bill AS MATERIALIZED (
  SELECT
    l.customer_id, l.system_id, l.invoice_id, l.number, l.is_credit,
    CASE
      WHEN (l.customer_id, l.system_id, l.credits_ref) IN (
        SELECT o.customer_id, o.system_id, o.source_id FROM biz.invoice o WHERE o.customer_id = ANY (CAST(:customer_ids AS int[])) AND o.kind = 'invoice')
        THEN l.credits_ref
    END AS credits_ref,
    l.account_ref, l.state, l.due_on, CAST(l.currency AS text) AS currency, abs(coalesce(l.gross, l.net + l.tax)) AS gross, l.is_unknown,
    -- a credit note is none of a bill's lives: it counts from its own posting
    CASE WHEN l.is_credit THEN l.credited_at ELSE l.posted_at END AS posted_at,
    least(l.voided_at, l.deleted_at) AS ends_at, l.source_updated_at, l.last_seen_at, c.at AS cut_at, c.time_zone,
    CASE WHEN l.is_unknown THEN l.drafted_at END AS unread_at
  FROM bill_watched l
  JOIN cut c ON c.customer_id = l.customer_id
  WHERE l.deleted_at = 'infinity' OR l.posted_at < 'infinity'
),
payment AS MATERIALIZED (
  SELECT
    p.customer_id, p.system_id, p.invoice_ref AS invoice_id, p.amount, CAST(p.currency AS text) AS currency,
    coalesce(CAST(p.paid_on AS timestamp) AT TIME ZONE c.time_zone, p.recorded_at, p.first_seen_at) AS at
  FROM payment_watched p
  JOIN cut c ON c.customer_id = p.customer_id
  WHERE p.deleted_at IS NULL
),
paid AS (
  SELECT p.customer_id, p.system_id, p.invoice_id, sum(p.amount) AS amount, max(p.at) AS last_at, count(*) AS payments, min(p.currency) AS currency,
    max(p.currency) AS other_currency
  FROM payment p
  GROUP BY p.customer_id, p.system_id, p.invoice_id
),
said_paid AS (
  SELECT e.customer_id, e.system_id, e.source_id AS invoice_id, min(e.at) AS at
  FROM said_watched e
  WHERE e.field = 'state' AND e.to_value = 'paid'
  GROUP BY e.customer_id, e.system_id, e.source_id
),
known_bill AS MATERIALIZED (
  SELECT
    b.*, coalesce(b.unread_at, b.posted_at) AS seen_at, coalesce(p.amount, 0) AS paid_in_all,
    CASE WHEN NOT b.is_credit AND b.posted_at < 'infinity' AND b.ends_at < 'infinity' THEN greatest(b.ends_at, b.posted_at) END AS cancelled_at,
    CASE WHEN NOT b.is_credit AND b.state = 'paid' AND b.ends_at = 'infinity'
      THEN greatest(b.posted_at, coalesce(s.at, p.last_at, b.source_updated_at, b.last_seen_at)) END AS settled_at,
    b.gross IS NULL OR b.currency IS NULL OR b.is_unknown OR b.state = 'part_paid' AND p.payments IS NULL
      OR coalesce(p.currency <> b.currency OR p.other_currency <> b.currency, false) AS is_unclear
  FROM (SELECT b.* FROM bill b WHERE NOT b.is_credit OR b.credits_ref IS NULL) b
  -- a join of so many rows that nobody can foretell becomes a loop; a full one never does
  FULL JOIN paid p ON p.customer_id = b.customer_id AND p.system_id = b.system_id AND p.invoice_id = b.invoice_id
  FULL JOIN said_paid s ON s.customer_id = b.customer_id AND s.system_id = b.system_id AND s.invoice_id = b.invoice_id
  WHERE coalesce(b.customer_id, 0) > 0  -- none but bills
)
