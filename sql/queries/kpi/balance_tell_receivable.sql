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
-- include: listed_record
,
part AS (  -- of a listed bill: itself, and what credits it
  SELECT t.system_id, t.source_id AS invoice_id
  FROM listed_record t
  UNION
  SELECT t.system_id, i.source_id
  FROM listed_record t
  JOIN biz.invoice i ON i.customer_id = CAST(:customer_id AS int) AND i.system_id = t.system_id AND i.credits_ref = t.source_id
),
bill_watched AS (
  SELECT l.*
  FROM part t
  JOIN kpi.invoice_life l ON l.customer_id = CAST(:customer_id AS int) AND l.system_id = t.system_id AND l.invoice_id = t.invoice_id
),
payment_watched AS (
  SELECT p.*
  FROM listed_record t
  JOIN biz.payment p ON p.customer_id = CAST(:customer_id AS int) AND p.system_id = t.system_id AND p.invoice_ref = t.source_id
),
said_watched AS (
  SELECT e.customer_id, e.system_id, e.source_id, e.field, e.to_value, e.at
  FROM listed_record t
  JOIN biz.state_event e ON e.customer_id = CAST(:customer_id AS int) AND e.object_type = 'invoice' AND e.system_id = t.system_id AND e.source_id = t.source_id
),
-- include: receivable_of_watched
,
happened AS (
  SELECT l.system_id, l.invoice_id, m.at, CAST(0 AS numeric) AS credited, CAST(0 AS numeric) AS paid
  FROM known_bill l
  CROSS JOIN LATERAL (VALUES (l.seen_at), (l.posted_at), (l.cancelled_at), (l.settled_at)) m (at)
  WHERE m.at IS NOT NULL
  UNION ALL
  SELECT b.system_id, coalesce(b.credits_ref, b.invoice_id), b.posted_at, coalesce(b.gross, 0), 0
  FROM bill b
  WHERE b.is_credit
  UNION ALL
  SELECT p.system_id, p.invoice_id, p.at, 0, coalesce(p.amount, 0)
  FROM payment p
),
so_far AS (
  SELECT
    h.system_id, h.invoice_id, CAST(h.at AT TIME ZONE c.time_zone AS date) AS day, CAST(CAST(h.at AT TIME ZONE c.time_zone AS date) + 1 AS timestamp)
      AT TIME ZONE c.time_zone AS ends_at,
    sum(sum(h.credited)) OVER own AS credited, sum(sum(h.paid)) OVER own AS paid
  FROM happened h
  CROSS JOIN cut c
  WHERE h.at < c.at
  GROUP BY h.system_id, h.invoice_id, CAST(h.at AT TIME ZONE c.time_zone AS date), c.time_zone
  WINDOW own AS (PARTITION BY h.system_id, h.invoice_id ORDER BY CAST(h.at AT TIME ZONE c.time_zone AS date))
),
stood AS (
  SELECT
    t.subject, s.day, coalesce(l.currency, '') AS currency, l.is_unclear,
    CASE WHEN l.is_credit OR l.posted_at >= s.ends_at THEN 0 ELSE l.gross END - s.credited - s.paid
      - CASE WHEN l.cancelled_at < s.ends_at THEN greatest(0, l.gross - s.credited) ELSE 0 END
      - CASE WHEN l.settled_at < s.ends_at THEN greatest(0, l.gross - s.credited - l.paid_in_all) ELSE 0 END AS amount
  FROM so_far s
  JOIN listed_record t ON t.system_id = s.system_id AND t.source_id = s.invoice_id
  JOIN known_bill l ON l.system_id = s.system_id AND l.invoice_id = s.invoice_id AND (l.seen_at < s.ends_at OR l.seen_at = '-infinity')
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
