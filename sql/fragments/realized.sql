-- What became of the standard value of the work of a period: billed at which price, lost, or still waiting.
-- expects: look (customer_id int, at timestamptz, time_zone text), one row per customer: what happened at or after `at` has not happened;
--          parameters customer_ids, since, until
-- gives:   realized, one row per piece of billable work and invoice, and one for the rest of it: standard (value at contracted rates; null:
--          not known), billed (its share of the invoice's lines for work; null: not billed, or not known), outcome:
--            billed        on an issued invoice
--            lost          written off, made non-billable, or not billed 90 days after it was done
--            waiting       younger than that
--            unknown       a bill that nobody could read, or without lines for work
-- source:  [ours] metrics.md C13; what was deleted was a mistake and is left out
cohort AS MATERIALIZED (
  SELECT
    w.customer_id, w.system_id, w.item_type, w.item_id, w.project_ref, w.account_ref, w.worked_on, w.hours, w.amount,
    CAST(w.currency AS text) AS currency, w.leaves_at, w.left_how, k.at AS cut_at, w.phase, w.phase_from, w.phase_to, w.phase_share, w.phase_invoice,
    CAST((k.at - interval '1 microsecond') AT TIME ZONE k.time_zone AS date) - w.worked_on AS age_days
  FROM look k
  JOIN kpi.work w ON w.customer_id = k.customer_id
  WHERE w.customer_id = ANY (CAST(:customer_ids AS int[])) AND w.opens_at < k.at
    AND w.worked_on >= CAST((CAST(:since AS timestamptz) AT TIME ZONE k.time_zone) AS date)
    AND CAST(w.worked_on AS timestamp) AT TIME ZONE k.time_zone < CAST(:until AS timestamptz)
    AND NOT (w.left_how IS NOT DISTINCT FROM 'deleted' AND w.leaves_at < k.at)
),
cohort_bill AS MATERIALIZED (
  SELECT c.customer_id, c.system_id, c.item_type, c.item_id, x.invoice_id, sum(x.share) AS share, bool_or(x.phase = 'unknown') AS is_unknown
  FROM cohort c
  CROSS JOIN LATERAL unnest(c.phase, c.phase_from, c.phase_to, c.phase_share, c.phase_invoice) x (phase, from_at, to_at, share, invoice_id)
  WHERE x.phase IN ('billed', 'unknown') AND x.from_at < c.cut_at AND x.to_at >= c.cut_at
  GROUP BY c.customer_id, c.system_id, c.item_type, c.item_id, x.invoice_id
),
bill_standard AS (  -- all the work on those invoices, of whatever month
  SELECT
    b.customer_id, b.system_id, b.invoice_id,
    CASE WHEN count(*) FILTER (WHERE w.amount IS NULL) = 0 THEN sum(w.amount * x.share) END AS standard, min(w.currency) AS currency,
    max(w.currency) AS other_currency
  FROM (SELECT DISTINCT g.customer_id, g.system_id, g.invoice_id FROM cohort_bill g WHERE g.invoice_id IS NOT NULL) b
  JOIN look k ON k.customer_id = b.customer_id
  JOIN (
    SELECT w.customer_id, w.system_id, w.amount, w.currency, x.invoice_id, x.share, x.from_at, x.to_at
    FROM kpi.work w
    CROSS JOIN LATERAL unnest(w.phase, w.phase_from, w.phase_to, w.phase_share, w.phase_invoice) x (phase, from_at, to_at, share, invoice_id)
    WHERE w.customer_id = ANY (CAST(:customer_ids AS int[])) AND x.phase = 'billed'
  ) x ON x.customer_id = b.customer_id AND x.system_id = b.system_id AND x.invoice_id = b.invoice_id AND x.from_at < k.at AND x.to_at >= k.at
  CROSS JOIN LATERAL (SELECT x.amount, CAST(x.currency AS text) AS currency) w
  GROUP BY b.customer_id, b.system_id, b.invoice_id
),
bill_price AS MATERIALIZED (
  SELECT
    s.customer_id, s.system_id, s.invoice_id,
    CASE WHEN s.standard > 0 AND s.currency = s.other_currency AND count(*) FILTER (WHERE l.net IS NULL OR l.currency <> s.currency) = 0
      THEN sum(l.net) / s.standard END AS price
  FROM bill_standard s
  JOIN biz.invoice_line l ON l.customer_id = s.customer_id AND l.system_id = s.system_id AND l.invoice_ref = s.invoice_id
    AND l.kind IN ('time', 'expense') AND l.deleted_at IS NULL
  GROUP BY s.customer_id, s.system_id, s.invoice_id, s.standard, s.currency, s.other_currency
),
realized AS MATERIALIZED (
  SELECT
    c.customer_id, c.system_id, c.item_type, c.item_id, c.project_ref, c.account_ref, c.worked_on, c.currency, b.invoice_id,
    c.hours * b.share AS hours, round(c.amount * b.share, 4) AS standard, round(c.amount * b.share * p.price, 4) AS billed,
    CASE WHEN b.is_unknown OR p.price IS NULL OR c.amount IS NULL THEN 'unknown' ELSE 'billed' END AS outcome, CAST(NULL AS text) AS lost_how
  FROM cohort c
  JOIN cohort_bill b ON b.customer_id = c.customer_id AND b.system_id = c.system_id AND b.item_type = c.item_type AND b.item_id = c.item_id
  LEFT JOIN bill_price p ON p.customer_id = b.customer_id AND p.system_id = b.system_id AND p.invoice_id = b.invoice_id
  UNION ALL
  SELECT
    c.customer_id, c.system_id, c.item_type, c.item_id, c.project_ref, c.account_ref, c.worked_on, c.currency, NULL,
    c.hours * (1 - coalesce(b.share, 0)), c.amount - round(c.amount * coalesce(b.share, 0), 4), NULL,
    CASE WHEN c.amount IS NULL THEN 'unknown' WHEN c.leaves_at < c.cut_at OR c.age_days > 90 THEN 'lost' ELSE 'waiting' END,
    CASE WHEN c.leaves_at < c.cut_at THEN c.left_how WHEN c.age_days > 90 THEN 'old' END
  FROM cohort c
  LEFT JOIN (
    SELECT g.customer_id, g.system_id, g.item_type, g.item_id, sum(g.share) AS share
    FROM cohort_bill g
    GROUP BY g.customer_id, g.system_id, g.item_type, g.item_id
  ) b ON b.customer_id = c.customer_id AND b.system_id = c.system_id AND b.item_type = c.item_type AND b.item_id = c.item_id
  WHERE coalesce(b.share, 0) < 0.999
)
