-- The order of the queue: what is at risk times how near the customer's billing cut-off is times how severe it is.
-- expects: found (customer_id, exception_id, closed_at, value_at_risk, currency, severity, …), one row per exception; fragment triage_factor
-- gives:   triage_rank, the rows of found with: own, blocked (open exceptions that wait for it), worth numeric, all in rank_currency text (null: no
--          rates are known, every currency counts as it stands); blocked_exceptions, blocked_records bigint; is_guess boolean (nobody knows the
--          value: the mean of those that are known stands for it); cut_off_at timestamptz (null: none agreed); urgency, weight, score float8 (null:
--          closed)
-- source:  product.md I5; kpi.queue_urgency, kpi.queue_weight
triage_rank AS (
  SELECT
    d.*, d.value_at_risk IS NULL AS is_guess, w.own, coalesce(b.worth, 0) AS blocked, w.own + coalesce(b.worth, 0) AS worth,
    coalesce(b.exceptions, 0) AS blocked_exceptions, coalesce(b.records, 0) AS blocked_records, k.cut_off_at,
    u.urgency, kpi.queue_weight(CAST(d.severity AS int)) AS weight,
    -- in floating point from the start: exact digits would cost more than all the rest, and order nothing otherwise
    CASE WHEN d.closed_at IS NULL THEN
      (coalesce(CAST(d.value_at_risk AS float8) * coalesce(r.quick_rate, 1), (SELECT CAST(m.own AS float8) FROM triage_mean m), 1) + CAST(coalesce(b.worth, 0) AS float8)) * u.urgency
      * kpi.queue_weight(CAST(d.severity AS int)) END AS score,
    (SELECT CAST(a.base AS text) FROM triage_base a) AS rank_currency
  FROM found d
  LEFT JOIN triage_rate r ON r.currency = d.currency
  LEFT JOIN triage_blocked b ON b.customer_id = d.customer_id AND b.exception_id = d.exception_id
  LEFT JOIN triage_cut_off k ON k.customer_id = d.customer_id
  CROSS JOIN LATERAL (SELECT coalesce(d.value_at_risk * coalesce(r.rate, 1), (SELECT m.own FROM triage_mean m), 1) AS own) w
  CROSS JOIN LATERAL (SELECT coalesce(k.urgency, kpi.queue_urgency(NULL, NULL)) AS urgency) u
)
