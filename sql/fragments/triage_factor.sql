-- What the order of the queue is worked out with: the latest rates, the mean of what is known, what waits for what, and the next cut-offs.
-- expects: triage_look (ranked_at timestamptz); params customer_ids int[]; known jsonb (null: added up here; else by currency the amount and the
--          number of the open exceptions whose value is known, by whoever has just counted them)
-- gives:   triage_base, triage_rate (currency, rate, quick_rate), triage_known (currency, amount, n: the open exceptions whose value is known),
--          triage_mean (own: the mean of those, one row), triage_blocked (customer_id, exception_id of the cause, worth, exceptions, records),
--          triage_cut_off (customer_id, cut_off_at, urgency)
-- source:  product.md I5; kpi.queue_urgency. Amounts are put side by side at the latest rates only to order them, never added for anybody to read
triage_base AS (
  SELECT r.base FROM ops.fx_rate r ORDER BY r.rate_on DESC, r.base LIMIT 1
),
triage_rate AS (
  SELECT DISTINCT ON (r.currency) r.currency, r.rate, CAST(r.rate AS float8) AS quick_rate
  FROM ops.fx_rate r
  JOIN triage_base b ON b.base = r.base
  ORDER BY r.currency, r.rate_on DESC
),
triage_known AS (
  SELECT k.currency, k.amount, k.n
  FROM jsonb_to_recordset(CAST(:known AS jsonb)) k (currency char(3), amount numeric, n bigint)
  UNION ALL
  SELECT e.currency, sum(e.value_at_risk), count(*)
  FROM ops.exception e
  WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND e.closed_at IS NULL AND e.value_at_risk IS NOT NULL AND CAST(:known AS jsonb) IS NULL
  GROUP BY e.currency
),
triage_mean AS (
  SELECT sum(k.amount * coalesce(r.rate, 1)) / nullif(sum(k.n), 0) AS own
  FROM triage_known k
  LEFT JOIN triage_rate r ON r.currency = k.currency
),
triage_blocked AS (
  SELECT
    e.customer_id, e.blocked_by_exception_id AS exception_id, sum(e.value_at_risk * coalesce(r.rate, 1)) AS worth, count(*) AS exceptions,
    sum(e.occurrences) AS records
  FROM ops.exception e
  LEFT JOIN triage_rate r ON r.currency = e.currency
  WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND e.closed_at IS NULL AND e.blocked_by_exception_id IS NOT NULL
  GROUP BY e.customer_id, e.blocked_by_exception_id
),
triage_cut_off AS (
  SELECT k.customer_id, min(k.cut_off_at) AS cut_off_at, kpi.queue_urgency(min(k.cut_off_at), min(l.ranked_at)) AS urgency
  FROM kpi.cut_off k
  CROSS JOIN triage_look l
  WHERE k.customer_id = ANY (CAST(:customer_ids AS int[])) AND k.cut_off_at > l.ranked_at
  GROUP BY k.customer_id
)
