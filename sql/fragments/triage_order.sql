-- The order of the queue: what is at risk times how near the customer's billing cut-off is times how severe it is.
-- expects: triage_look (at timestamptz); param customer_ids int[]
-- gives:   triage_rank, one row per open exception: own, blocked (open exceptions that wait for it), worth numeric, all in rank_currency text
--          (null: no rates are known, every currency counts as it stands); blocked_exceptions, blocked_records bigint; is_guess boolean (nobody
--          knows the value: the middle of those that are known stands for it); cut_off_at timestamptz (null: none agreed); urgency, weight,
--          score float8
-- source:  product.md I5. [ours] urgency is 1 + 4 / (1 + days to the cut-off): 5 at the cut-off, 3 a day before, 1 without one; weight is 4, 2,
--          1 and 0.5 for severity 1 to 4. Amounts are put side by side at the latest rates only to order them, never added for anybody to read
triage_base AS (
  SELECT r.base FROM ops.fx_rate r ORDER BY r.rate_on DESC, r.base LIMIT 1
),
triage_rate AS (
  SELECT DISTINCT ON (r.currency) CAST(r.currency AS text) AS currency, r.rate
  FROM ops.fx_rate r
  JOIN triage_base b ON b.base = r.base
  ORDER BY r.currency, r.rate_on DESC
),
triage_open AS (
  SELECT
    e.customer_id, e.exception_id, e.blocked_by_exception_id, e.occurrences, e.severity, e.value_at_risk IS NULL AS is_guess,
    e.value_at_risk * coalesce(r.rate, 1) AS own
  FROM ops.exception e
  LEFT JOIN triage_rate r ON r.currency = e.currency
  WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND e.closed_at IS NULL
),
triage_middle AS (
  SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY o.own) AS own FROM triage_open o
),
triage_blocked AS (
  SELECT o.customer_id, o.blocked_by_exception_id AS exception_id, sum(o.own) AS worth, count(*) AS exceptions, sum(o.occurrences) AS records
  FROM triage_open o
  WHERE o.blocked_by_exception_id IS NOT NULL
  GROUP BY o.customer_id, o.blocked_by_exception_id
),
triage_cut_off AS (
  SELECT k.customer_id, min(k.cut_off_at) AS cut_off_at
  FROM kpi.cut_off k
  CROSS JOIN triage_look l
  WHERE k.customer_id = ANY (CAST(:customer_ids AS int[])) AND k.cut_off_at > l.at
  GROUP BY k.customer_id
),
triage_rank AS (
  SELECT
    o.customer_id, o.exception_id, o.is_guess, coalesce(o.own, m.own, 1) AS own, coalesce(b.worth, 0) AS blocked,
    coalesce(b.exceptions, 0) AS blocked_exceptions, coalesce(b.records, 0) AS blocked_records, k.cut_off_at, u.urgency, w.weight,
    coalesce(o.own, m.own, 1) + coalesce(b.worth, 0) AS worth,
    CAST(coalesce(o.own, m.own, 1) + coalesce(b.worth, 0) AS float8) * u.urgency * w.weight AS score,
    (SELECT CAST(a.base AS text) FROM triage_base a) AS rank_currency
  FROM triage_open o
  CROSS JOIN triage_look l
  CROSS JOIN triage_middle m
  LEFT JOIN triage_blocked b ON b.customer_id = o.customer_id AND b.exception_id = o.exception_id
  LEFT JOIN triage_cut_off k ON k.customer_id = o.customer_id
  CROSS JOIN LATERAL (
    SELECT CASE WHEN k.cut_off_at IS NULL THEN CAST(1 AS float8)
                ELSE 1 + 4 / (1 + CAST(extract(epoch FROM k.cut_off_at - l.at) / 86400 AS float8)) END AS urgency
  ) u
  CROSS JOIN LATERAL (SELECT CAST(power(2, 3 - o.severity) AS float8) AS weight) w
)
