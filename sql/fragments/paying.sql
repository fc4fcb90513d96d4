-- How likely an open invoice is paid by a certain instant, as its account paid in the year before.
-- expects: cut (customer_id int, at timestamptz, time_zone text), one row per customer; movement and owed (fragment receivable); by_when
--          (customer_id, system_id int, invoice_id text, by_at timestamptz, is_risk boolean: what is not paid by then counts, and not what is)
-- gives:   paying, one row per invoice that something is owed on at the cut, or nobody knows whether: columns of owed, by_at, likely float8
--          (that it is paid by then, 0..1; null: fewer than eight invoices were paid in the year, or nobody was watched for so long), counts
--          numeric (the amount that counts; null: nobody can say), outcome
-- source:  [ours] metrics.md C16 and 4.1: invoices under observation in the year before the cut, those of before from its first day on; credited
--          or cancelled is another way to end; paid by then, given that it is open now: (I(then) - I(now)) ÷ S(now)
settlement AS MATERIALIZED (
  SELECT
    o.customer_id, o.system_id, o.account_ref, o.posted_at, c.at AS cut_at,
    CASE WHEN o.amount <= 0 THEN greatest(o.posted_at, m.last_at) END AS ended_at,
    CASE WHEN o.amount > 0 THEN 0 WHEN m.is_paid THEN 1 ELSE 2 END AS cause
  FROM owed o
  JOIN cut c ON c.customer_id = o.customer_id
  JOIN (
    SELECT
      m.customer_id, m.system_id, m.invoice_id, max(m.at) AS last_at, bool_or(m.kind = 'issued') AS is_issued,
      (array_agg(m.kind ORDER BY m.at DESC, m.kind DESC))[1] IN ('paid', 'settled') AS is_paid
    FROM movement m
    GROUP BY m.customer_id, m.system_id, m.invoice_id
  ) m ON m.customer_id = o.customer_id AND m.system_id = o.system_id AND m.invoice_id = o.invoice_id AND m.is_issued
  WHERE NOT o.is_unknown AND coalesce(CASE WHEN o.amount <= 0 THEN m.last_at END, c.at) >= c.at - interval '365 days'
),
item AS MATERIALIZED (
  SELECT
    s.customer_id, p.part, CAST(NULL AS text) AS currency,
    kpi.entry_seconds(s.posted_at, s.cut_at - interval '365 days') AS entry,
    CAST(extract(epoch FROM coalesce(s.ended_at, s.cut_at) - s.posted_at) AS float8) AS t, s.cause, CAST(1 AS numeric) AS weight
  FROM settlement s
  CROSS JOIN LATERAL (SELECT '' AS part UNION ALL SELECT s.system_id || ' ' || s.account_ref WHERE s.account_ref IS NOT NULL) p
),
-- include: survival
,
payer AS MATERIALIZED (
  SELECT s.customer_id, s.part, max(s.at) AS watched_up_to, min(s.survival) <= 1e-9 AS is_whole
  FROM survival_step s
  GROUP BY s.customer_id, s.part
  HAVING sum(s.closed) >= 8
),
judged AS (
  SELECT
    o.*, c.at AS cut_at, w.by_at, w.is_risk, g.is_own,
    CASE
      WHEN o.is_unknown THEN NULL
      WHEN w.by_at <= c.at THEN 0
      WHEN n.survival > 1e-9 AND (g.watched_up_to >= g.then_age OR g.is_whole) THEN (n.then_paid - n.paid) / n.survival
    END AS likely
  FROM owed o
  JOIN cut c ON c.customer_id = o.customer_id
  JOIN by_when w ON w.customer_id = o.customer_id AND w.system_id = o.system_id AND w.invoice_id = o.invoice_id
  LEFT JOIN LATERAL (
    SELECT
      p.customer_id, p.part, p.part <> '' AS is_own, p.watched_up_to, p.is_whole, CAST(extract(epoch FROM c.at - o.posted_at) AS float8) AS age,
      CAST(extract(epoch FROM w.by_at - o.posted_at) AS float8) AS then_age
    FROM payer p
    WHERE p.customer_id = o.customer_id AND p.part IN ('', o.system_id || ' ' || o.account_ref)
    ORDER BY p.part = ''
    LIMIT 1
  ) g ON true
  LEFT JOIN LATERAL (
    SELECT
      coalesce(min(s.survival) FILTER (WHERE s.at <= g.age), 1) AS survival, coalesce(max(s.incidence) FILTER (WHERE s.at <= g.age), 0) AS paid,
      coalesce(max(s.incidence) FILTER (WHERE s.at <= g.then_age), 0) AS then_paid
    FROM survival_step s
    WHERE s.customer_id = g.customer_id AND s.part = g.part
  ) n ON true
  WHERE o.is_unknown OR o.amount > 0
),
paying AS MATERIALIZED (
  SELECT
    j.*, round(j.amount * CAST(CASE WHEN j.is_risk THEN 1 - j.likely ELSE j.likely END AS numeric), 4) AS counts,
    CASE
      WHEN j.likely IS NULL THEN 'unknown'
      WHEN j.by_at <= j.cut_at THEN 'by its age alone'
      WHEN j.is_own THEN 'by the payments of its account'
      ELSE 'by the payments of all accounts'
    END AS outcome
  FROM judged j
)
