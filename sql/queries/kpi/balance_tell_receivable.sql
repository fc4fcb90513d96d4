-- Tells by how much what is owed on listed bills changed on each day, by what is known now: the amount that figure C16 counts back.
-- grain:   one row of kpi.balance_step per listed invoice and lone credit note, day and currency
-- params:  customer_id int; customer_ids int[] (the same one)
-- columns: rows written
-- source:  metrics.md C16 (fragment receivable_of_watched); a bill is looked at only on days on which something happened to it
WITH
cut AS (
  SELECT c.customer_id, c.time_zone, CAST('infinity' AS timestamptz) AS at
  FROM ops.customer c
  WHERE c.customer_id = CAST(:customer_id AS int)
),
listed AS (SELECT s.subject FROM pg_temp.age_subject s),
bill_watched AS (  -- credit notes are few, and which bill one takes back is told by itself
  SELECT l.*
  FROM kpi.invoice_life l
  WHERE l.customer_id = CAST(:customer_id AS int) AND (l.is_credit OR l.system_id || ' ' || l.invoice_id IN (SELECT t.subject FROM listed t))
),
payment_watched AS (
  SELECT p.*
  FROM biz.payment p
  WHERE p.customer_id = CAST(:customer_id AS int) AND p.system_id || ' ' || p.invoice_ref IN (SELECT t.subject FROM listed t)
),
said_watched AS (
  SELECT e.customer_id, e.system_id, e.source_id, e.field, e.to_value, e.at
  FROM biz.state_event e
  WHERE e.customer_id = CAST(:customer_id AS int) AND e.object_type = 'invoice' AND e.system_id || ' ' || e.source_id IN (SELECT t.subject FROM listed t)
),
-- include: receivable_of_watched
,
-- one pile instead of joins: its cost follows the number of bills, whatever the planner thinks of it
happened AS (
  SELECT
    l.system_id, l.invoice_id, m.at, CAST(0 AS numeric) AS credited, CAST(0 AS numeric) AS paid, l.currency, l.is_unclear, l.is_credit, l.gross, l.seen_at,
    l.posted_at, l.cancelled_at, l.settled_at, l.paid_in_all
  FROM known_bill l
  CROSS JOIN LATERAL (VALUES (l.seen_at), (l.posted_at), (l.cancelled_at), (l.settled_at)) m (at)
  WHERE m.at IS NOT NULL
  UNION ALL
  SELECT b.system_id, coalesce(b.credits_ref, b.invoice_id), b.posted_at, coalesce(b.gross, 0), 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM bill b
  WHERE b.is_credit
  UNION ALL
  SELECT p.system_id, p.invoice_id, p.at, 0, coalesce(p.amount, 0), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM payment p
),
by_day AS (
  SELECT
    h.system_id || ' ' || h.invoice_id AS subject, CAST(h.at AT TIME ZONE c.time_zone AS date) AS day, c.time_zone, sum(h.credited) AS credited,
    sum(h.paid) AS paid, min(h.currency) AS currency, bool_or(h.is_unclear) AS is_unclear, bool_or(h.is_credit) AS is_credit, min(h.gross) AS gross,
    min(h.seen_at) AS seen_at, min(h.posted_at) AS posted_at, min(h.cancelled_at) AS cancelled_at, min(h.settled_at) AS settled_at,
    min(h.paid_in_all) AS paid_in_all
  FROM happened h
  CROSS JOIN cut c
  GROUP BY h.system_id, h.invoice_id, CAST(h.at AT TIME ZONE c.time_zone AS date), c.time_zone
),
so_far AS (
  SELECT
    d.subject, d.day, CAST(d.day + 1 AS timestamp) AT TIME ZONE d.time_zone AS ends_at, sum(d.credited) OVER own AS credited, sum(d.paid) OVER own AS paid,
    min(d.currency) OVER bill AS currency, bool_or(d.is_unclear) OVER bill AS is_unclear, bool_or(d.is_credit) OVER bill AS is_credit,
    min(d.gross) OVER bill AS gross, min(d.seen_at) OVER bill AS seen_at, min(d.posted_at) OVER bill AS posted_at,
    min(d.cancelled_at) OVER bill AS cancelled_at, min(d.settled_at) OVER bill AS settled_at, min(d.paid_in_all) OVER bill AS paid_in_all
  FROM by_day d
  WHERE d.subject IN (SELECT t.subject FROM listed t)
  WINDOW bill AS (PARTITION BY d.subject), own AS (PARTITION BY d.subject ORDER BY d.day)
),
stood AS (
  SELECT
    s.subject, s.day, coalesce(s.currency, '') AS currency, s.is_unclear,
    CASE WHEN s.is_credit OR s.posted_at >= s.ends_at THEN 0 ELSE s.gross END - s.credited - s.paid
      - CASE WHEN s.cancelled_at < s.ends_at THEN greatest(0, s.gross - s.credited) ELSE 0 END
      - CASE WHEN s.settled_at < s.ends_at THEN greatest(0, s.gross - s.credited - s.paid_in_all) ELSE 0 END AS amount
  FROM so_far s
  -- a payment of what nobody has read is none
  WHERE s.day < 'infinity' AND (s.seen_at < s.ends_at OR s.seen_at = '-infinity')
),
counted AS (
  SELECT
    s.subject, s.day, s.currency, CASE WHEN s.is_unclear THEN 0 ELSE s.amount END AS value,
    CAST(NOT s.is_unclear AND s.amount <> 0 AS int) AS sample, CAST(s.is_unclear AS int) AS unknown
  FROM stood s
)
INSERT INTO kpi.balance_step (customer_id, metric, subject, day, currency, value, sample, unknown)
SELECT
  CAST(:customer_id AS int), 'days_sales_outstanding', c.subject, c.day, c.currency,
-- include: balance_change
FROM counted c
WINDOW own AS (PARTITION BY c.subject ORDER BY c.day)
