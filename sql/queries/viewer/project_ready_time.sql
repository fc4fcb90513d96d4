-- Time from a won opportunity to its usable project, over all that were waiting at some time of the period.
-- grain:   one row per customer and part by count (currency null), and one more per currency by contract value; a customer that won
--          nothing has one row with a null value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (account, practice, system or null)
-- columns: customer_id int; part, currency text; value float8 (median seconds, business time where a calendar is promised; infinity: not
--          reached); numerator (ready), denominator (watched) numeric; unknown, sample bigint; low, high float8 (null); quarter_at,
--          three_quarters_at, half_low, half_high, within_deadline (share ready by the promised time, 0..1), watched_up_to float8;
--          still_open, ended_otherwise numeric; without_value bigint
-- source:  metrics.md C2; Kaplan-Meier with delayed entry; lost or re-opened is a competing event
WITH
-- include: ready_part
,
-- include: survival
,
promise AS MATERIALIZED (  -- one for all of them, or none to compare with
  SELECT
    p.customer_id, p.part, m.currency,
    CASE WHEN min(p.deadline_seconds) = max(p.deadline_seconds) THEN min(p.deadline_seconds) END AS seconds
  FROM part_of p
  CROSS JOIN LATERAL (SELECT CAST(NULL AS text) AS currency UNION ALL SELECT p.currency WHERE p.currency IS NOT NULL) m
  GROUP BY p.customer_id, p.part, m.currency
),
-- include: clock_answer
SELECT
  a.customer_id, a.part, a.currency, a.value, a.numerator, a.denominator, a.unknown, a.sample, a.low, a.high, a.quarter_at, a.three_quarters_at,
  a.half_low, a.half_high, d.within_deadline, a.watched_up_to, a.still_open, a.ended_otherwise, a.without_value
FROM clock_answer a
LEFT JOIN promise o ON o.customer_id = a.customer_id AND o.part = a.part AND o.currency IS NOT DISTINCT FROM a.currency
LEFT JOIN LATERAL (
  SELECT CASE WHEN max(t.at) >= o.seconds OR min(t.survival) <= 1e-9
    THEN coalesce(max(t.incidence) FILTER (WHERE t.at <= o.seconds), 0) END AS within_deadline
  FROM survival_step t
  WHERE o.seconds IS NOT NULL
    AND t.customer_id = a.customer_id AND t.part = a.part AND t.currency IS NOT DISTINCT FROM a.currency
) d ON true
ORDER BY customer_id, part, currency NULLS FIRST
