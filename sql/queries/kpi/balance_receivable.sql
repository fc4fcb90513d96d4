-- What was owed to the customer at the end of every local day that has ended, by what is known now: the amount that figure C16 counts back.
-- grain:   one row of pg_temp.balance_now per day and currency, from the day of the first bill
-- params:  customer_id int; customer_ids int[] (the same one); until date (the last day)
-- columns: rows written
-- source:  metrics.md C16 (fragment receivable_bill); a bill is looked at only on days on which something happened to it
WITH
place AS (
  SELECT c.customer_id, c.time_zone, CAST(:until AS date) AS last_day
  FROM ops.customer c
  WHERE c.customer_id = CAST(:customer_id AS int)
),
cut AS (
  SELECT p.customer_id, p.time_zone, CAST(p.last_day + 1 AS timestamp) AT TIME ZONE p.time_zone AS at FROM place p
),
-- include: receivable_bill
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
    l.system_id, l.invoice_id, s.day, coalesce(l.currency, '') AS currency, l.is_unclear,
    CASE WHEN l.is_credit OR l.posted_at >= s.ends_at THEN 0 ELSE l.gross END - s.credited - s.paid
      - CASE WHEN l.cancelled_at < s.ends_at THEN greatest(0, l.gross - s.credited) ELSE 0 END
      - CASE WHEN l.settled_at < s.ends_at THEN greatest(0, l.gross - s.credited - l.paid_in_all) ELSE 0 END AS amount
  FROM so_far s
  JOIN known_bill l ON l.system_id = s.system_id AND l.invoice_id = s.invoice_id AND (l.seen_at < s.ends_at OR l.seen_at = '-infinity')
),
counted AS (
  SELECT
    s.system_id, s.invoice_id, s.day, s.currency, CASE WHEN s.is_unclear THEN 0 ELSE s.amount END AS value,
    CAST(NOT s.is_unclear AND s.amount <> 0 AS int) AS sample, CAST(s.is_unclear AS int) AS unknown
  FROM stood s
),
change AS (
  SELECT
    c.day, c.currency, c.value - lag(c.value, 1, CAST(0 AS numeric)) OVER own AS value, c.sample - lag(c.sample, 1, 0) OVER own AS sample,
    c.unknown - lag(c.unknown, 1, 0) OVER own AS unknown
  FROM counted c
  WINDOW own AS (PARTITION BY c.system_id, c.invoice_id ORDER BY c.day)
),
-- include: balance_series
INSERT INTO pg_temp.balance_now (metric, day, currency, value, unknown, sample)
SELECT
  'days_sales_outstanding', s.day, s.currency,
  CASE WHEN s.sample > 0 THEN s.value WHEN s.unknown = 0 AND s.currency <> '' THEN 0 END, s.unknown, s.sample
FROM summed s
WHERE s.currency <> '' OR s.unknown > 0
