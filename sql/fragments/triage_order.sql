-- The order of the queue: what is at risk times how near the customer's billing cut-off is times how severe it is.
-- expects: found (customer_id, exception_id, closed_at, value_at_risk, currency, severity, …), one row per exception; triage_look (at timestamptz);
--          param customer_ids int[]
-- gives:   triage_rank, the rows of found with: own, blocked (open exceptions that wait for it), worth numeric, all in rank_currency text (null: no
--          rates are known, every currency counts as it stands); blocked_exceptions, blocked_records bigint; is_guess boolean (nobody knows the
--          value: the mean of those that are known stands for it); cut_off_at timestamptz (null: none agreed); urgency, weight, score float8 (null:
--          closed)
-- source:  product.md I5; kpi.queue_urgency, kpi.queue_weight. Amounts are put side by side at the latest rates only to order them, never added for
--          anybody to read
triage_base AS (
  SELECT r.base FROM ops.fx_rate r ORDER BY r.rate_on DESC, r.base LIMIT 1
),
triage_rate AS (
  SELECT DISTINCT ON (r.currency) r.currency, r.rate, CAST(r.rate AS float8) AS quick_rate
  FROM ops.fx_rate r
  JOIN triage_base b ON b.base = r.base
  ORDER BY r.currency, r.rate_on DESC
),
triage_mean AS (
  SELECT sum(k.amount * coalesce(r.rate, 1)) / nullif(sum(k.n), 0) AS own
  FROM (
    SELECT e.currency, sum(e.value_at_risk) AS amount, count(*) AS n
    FROM ops.exception e
    WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND e.closed_at IS NULL AND e.value_at_risk IS NOT NULL
    GROUP BY e.currency
  ) k
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
  SELECT k.customer_id, min(k.cut_off_at) AS cut_off_at, kpi.queue_urgency(min(k.cut_off_at), min(l.at)) AS urgency
  FROM kpi.cut_off k
  CROSS JOIN triage_look l
  WHERE k.customer_id = ANY (CAST(:customer_ids AS int[])) AND k.cut_off_at > l.at
  GROUP BY k.customer_id
),
triage_rank AS (
  SELECT
    d.*, d.value_at_risk IS NULL AS is_guess, w.own, coalesce(b.worth, 0) AS blocked, w.own + coalesce(b.worth, 0) AS worth,
    coalesce(b.exceptions, 0) AS blocked_exceptions, coalesce(b.records, 0) AS blocked_records, k.cut_off_at,
    u.urgency, kpi.queue_weight(CAST(d.severity AS int)) AS weight,
    -- in floating point from the start: exact digits would cost more than all the rest, and order nothing otherwise
    CASE WHEN d.closed_at IS NULL THEN
      (coalesce(CAST(d.value_at_risk AS float8) * coalesce(r.quick_rate, 1), CAST(m.own AS float8), 1) + CAST(coalesce(b.worth, 0) AS float8)) * u.urgency
      * kpi.queue_weight(CAST(d.severity AS int)) END AS score,
    (SELECT CAST(a.base AS text) FROM triage_base a) AS rank_currency
  FROM found d
  CROSS JOIN triage_mean m
  LEFT JOIN triage_rate r ON r.currency = d.currency
  LEFT JOIN triage_blocked b ON b.customer_id = d.customer_id AND b.exception_id = d.exception_id
  LEFT JOIN triage_cut_off k ON k.customer_id = d.customer_id
  CROSS JOIN LATERAL (SELECT coalesce(d.value_at_risk * coalesce(r.rate, 1), m.own, 1) AS own) w
  CROSS JOIN LATERAL (SELECT coalesce(k.urgency, kpi.queue_urgency(NULL, NULL)) AS urgency) u
)
