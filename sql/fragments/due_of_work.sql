-- What has to be billed, and since when. A month's work is ready, and due, when the month has ended and it is
-- approved; what is approved more than five days later is due with the month in which it was. A milestone is ready and due when it is
-- accepted, a retainer on its day of the month, usage when its month has ended, as the contract says.
-- expects: watch (customer_id int, observed_to timestamptz), one row per customer; work_watched (rows of kpi.work); parameter customer_ids
-- gives:   sending, one row per invoice: its life and sent_at; due, one row per piece of work, milestone, date of a retainer and month of usage
--          that was ready before observed_to: kind (time, milestone, retainer, usage), month (that it is for; null: a milestone), ready_at,
--          due_at, leaves_at, is_unknown (its approval), and where it stood with its bills
-- source:  [ours] metrics.md C5 and C6: from the systems, not from runs, so that a trigger that never fired is seen
telling AS MATERIALIZED (  -- systems that say when an invoice was sent; elsewhere the posting is the sending
  SELECT DISTINCT i.customer_id, i.system_id
  FROM biz.invoice i
  WHERE i.customer_id = ANY (CAST(:customer_ids AS int[])) AND i.sent_at IS NOT NULL
),
sending AS MATERIALIZED (
  SELECT
    l.customer_id, l.system_id, l.invoice_id, l.drafted_at, l.posted_at, least(l.voided_at, l.deleted_at) AS ends_at, l.is_unknown,
    CASE WHEN t.system_id IS NULL THEN l.posted_at ELSE coalesce(i.sent_at, CAST('infinity' AS timestamptz)) END AS sent_at
  FROM kpi.invoice_life l
  JOIN biz.invoice i ON i.customer_id = l.customer_id AND i.system_id = l.system_id AND i.source_id = l.invoice_id
  LEFT JOIN telling t ON t.customer_id = l.customer_id AND t.system_id = l.system_id
  WHERE l.customer_id = ANY (CAST(:customer_ids AS int[])) AND NOT l.is_credit
),
contract_due AS MATERIALIZED (  -- where the contract tells a day or usage, and its system holds bills
  SELECT
    n.customer_id, n.system_id, x.kind, n.source_id AS contract_ref, coalesce(b.merged_into_ref, n.account_ref) AS account_ref,
    CAST(m.month AS date) AS month, CAST(m.month + x.length AS date) AS month_after, CASE x.kind WHEN 'retainer' THEN n.billing_amount END AS amount,
    CAST(n.currency AS text) AS currency,
    least(coalesce(n.deleted_at, CAST('infinity' AS timestamptz)),
          CASE WHEN n.state IN ('cancelled', 'canceled') THEN coalesce(n.source_updated_at, n.last_seen_at) END) AS leaves_at,
    d.due_on, CAST(d.due_on AS timestamp) AT TIME ZONE c.time_zone AS due_at,
    NOT EXISTS (SELECT FROM biz.invoice_line l WHERE l.customer_id = n.customer_id AND l.system_id = n.system_id AND l.contract_ref IS NOT NULL) AS is_unknown
  FROM watch a
  JOIN ops.customer c ON c.customer_id = a.customer_id
  JOIN biz.contract n ON n.customer_id = a.customer_id AND n.starts_on IS NOT NULL
  LEFT JOIN biz.account b ON b.customer_id = n.customer_id AND b.system_id = n.system_id AND b.source_id = n.account_ref
  CROSS JOIN LATERAL (
    SELECT 'retainer' AS kind, make_interval(months => greatest(1, coalesce(n.billing_every_months, 1))) AS length
    WHERE n.kind = 'retainer' AND n.billing_day BETWEEN 1 AND 31
    UNION ALL
    SELECT 'usage', interval '1 month' WHERE n.billing_rule = 'usage'
  ) x
  CROSS JOIN LATERAL generate_series(
    date_trunc('month', CAST(n.starts_on AS timestamp)), least(CAST(n.ends_on AS timestamp), a.observed_to AT TIME ZONE c.time_zone), x.length) m (month)
  CROSS JOIN LATERAL (
    SELECT CASE x.kind WHEN 'usage' THEN CAST(m.month + x.length AS date)
      ELSE least(CAST(m.month AS date) + n.billing_day - 1, CAST(m.month + interval '1 month' AS date) - 1) END AS due_on
  ) d
  WHERE n.customer_id = ANY (CAST(:customer_ids AS int[])) AND coalesce(n.state NOT IN ('draft', 'quotation', 'rejected'), true)
    AND (x.kind = 'usage' OR d.due_on >= n.starts_on AND coalesce(d.due_on <= n.ends_on, true))
    AND EXISTS (SELECT FROM biz.invoice i WHERE i.customer_id = n.customer_id AND i.system_id = n.system_id)
),
due AS MATERIALIZED (
  SELECT
    w.customer_id, w.system_id, 'time' AS kind, w.item_type, w.item_id, w.project_ref, w.account_ref, d.month, w.amount,
    CAST(w.currency AS text) AS currency, w.hours, w.leaves_at, w.is_approval_unknown AS is_unknown,
    r.ready_at,
    CASE WHEN r.ready_at <= d.closes_at + interval '5 days' THEN r.ready_at
         ELSE (date_trunc('month', r.ready_at AT TIME ZONE c.time_zone) + interval '1 month') AT TIME ZONE c.time_zone END AS due_at,
    w.phase, w.phase_from, w.phase_to, w.phase_share, w.phase_invoice, CAST(NULL AS text) AS contract_ref, CAST(NULL AS date) AS month_after
  FROM watch a
  JOIN ops.customer c ON c.customer_id = a.customer_id
  JOIN work_watched w ON w.customer_id = a.customer_id
  CROSS JOIN LATERAL (
    SELECT
      CAST(date_trunc('month', w.worked_on) AS date) AS month,
      (date_trunc('month', CAST(w.worked_on AS timestamp)) + interval '1 month') AT TIME ZONE c.time_zone AS closes_at
  ) d
  CROSS JOIN LATERAL (SELECT greatest(d.closes_at, CASE WHEN w.is_approval_unknown THEN w.opens_at ELSE w.approved_at END) AS ready_at) r
  WHERE w.customer_id = ANY (CAST(:customer_ids AS int[])) AND (w.approved_at < a.observed_to OR w.is_approval_unknown)
    AND d.closes_at < a.observed_to
  UNION ALL
  SELECT
    m.customer_id, m.system_id, 'milestone', 'milestone', m.source_id, m.project_ref, coalesce(b.merged_into_ref, p.account_ref), NULL,
    m.amount, CAST(coalesce(m.currency, p.currency) AS text), NULL, coalesce(m.deleted_at, CAST('infinity' AS timestamptz)), false,
    coalesce(m.approved_at, m.completed_at), coalesce(m.approved_at, m.completed_at), NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM watch a
  JOIN biz.milestone m ON m.customer_id = a.customer_id AND coalesce(m.approved_at, m.completed_at) < a.observed_to
  LEFT JOIN biz.project p ON p.customer_id = m.customer_id AND p.system_id = m.system_id AND p.source_id = m.project_ref
  LEFT JOIN biz.account b ON b.customer_id = p.customer_id AND b.system_id = p.system_id AND b.source_id = p.account_ref
  WHERE m.customer_id = ANY (CAST(:customer_ids AS int[]))
  UNION ALL
  SELECT
    n.customer_id, n.system_id, n.kind, 'contract', concat_ws(' ', n.contract_ref, to_char(n.month, 'YYYY-MM')), NULL, n.account_ref, n.month,
    n.amount, n.currency, NULL, n.leaves_at, n.is_unknown, n.due_at, n.due_at, NULL, NULL, NULL, NULL, NULL, n.contract_ref, n.month_after
  FROM watch a
  JOIN contract_due n ON n.customer_id = a.customer_id AND n.due_at < a.observed_to
)
