-- Time from a won opportunity to its usable project, over all that were waiting at some time of the period.
-- grain:   one row per customer and part by count (currency null), and one more per currency by contract value; a customer that won
--          nothing has one row with a null value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (account, system or null)
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
counted AS MATERIALIZED (
  SELECT
    i.customer_id, i.part, i.currency, sum(i.weight) AS watched, count(*) AS pieces,
    coalesce(sum(i.weight) FILTER (WHERE i.cause = 1), 0) AS ready,
    coalesce(sum(i.weight) FILTER (WHERE i.cause = 2), 0) AS ended_otherwise,
    coalesce(sum(i.weight) FILTER (WHERE i.cause = 0), 0) AS still_open
  FROM item i
  GROUP BY i.customer_id, i.part, i.currency
),
unknown AS MATERIALIZED (
  SELECT
    p.customer_id, p.part, m.currency,
    count(*) FILTER (WHERE p.cause IS NULL OR m.currency IS NOT NULL AND p.amount IS NULL) AS unknown,
    count(*) FILTER (WHERE p.amount IS NULL OR p.currency IS NULL) AS without_value,
    -- one promise for all of them, or none to compare with
    CASE WHEN min(p.deadline_seconds) = max(p.deadline_seconds) THEN min(p.deadline_seconds) END AS deadline_seconds
  FROM part_of p
  CROSS JOIN LATERAL (SELECT CAST(NULL AS text) AS currency UNION ALL SELECT p.currency WHERE p.currency IS NOT NULL) m
  GROUP BY p.customer_id, p.part, m.currency
)
SELECT
  u.customer_id, u.part, u.currency, s.half_at AS value, n.ready AS numerator, n.watched AS denominator, u.unknown,
  coalesce(n.pieces, 0) AS sample, CAST(NULL AS float8) AS low, CAST(NULL AS float8) AS high,
  s.quarter_at, s.three_quarters_at, s.half_low, s.half_high, d.within_deadline, s.watched_up_to, n.still_open, n.ended_otherwise,
  u.without_value
FROM unknown u
LEFT JOIN counted n ON n.customer_id = u.customer_id AND n.part = u.part AND n.currency IS NOT DISTINCT FROM u.currency
LEFT JOIN survival_summary s ON s.customer_id = u.customer_id AND s.part = u.part AND s.currency IS NOT DISTINCT FROM u.currency
LEFT JOIN LATERAL (
  SELECT CASE WHEN max(t.at) >= u.deadline_seconds OR min(t.survival) <= 1e-9
    THEN coalesce(max(t.incidence) FILTER (WHERE t.at <= u.deadline_seconds), 0) END AS within_deadline
  FROM survival_step t
  WHERE u.deadline_seconds IS NOT NULL
    AND t.customer_id = u.customer_id AND t.part = u.part AND t.currency IS NOT DISTINCT FROM u.currency
) d ON true
UNION ALL
SELECT w.customer_id, '', NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0
FROM watch w
WHERE NOT EXISTS (SELECT FROM ready_piece p WHERE p.customer_id = w.customer_id)
ORDER BY customer_id, part, currency NULLS FIRST
