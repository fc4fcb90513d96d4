-- C10b: how long do two systems not hold a record alike, until they do again?
-- grain:   one row per customer and part by count (currency null), and one more per currency by value; a part without breaks is a row with a null
--          value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (null, flow or object)
-- columns: customer_id int; part, currency text; value float8 (median seconds; infinity: not reached); numerator (healed), denominator (watched)
--          numeric; unknown (by value: of no known value), sample bigint; low, high float8 (null); beside them quarter_at, three_quarters_at, half_low,
--          half_high, within_7_days, within_30_days, watched_up_to float8; still_open, ended_otherwise numeric; open_1d, open_7d, open_30d,
--          open_older (by age at the end), healed_1d, healed_7d, healed_30d, healed_older bigint (by how long they lasted)
-- source:  metrics.md C10: break ageing by Kaplan-Meier, with delayed entry (fragments break_clock, survival)
WITH
-- include: break_clock
,
placed AS (
  SELECT b.*, CASE CAST(:by AS text) WHEN 'flow' THEN f.key WHEN 'object' THEN b.target_type ELSE '' END AS part
  FROM broken b
  JOIN ops.flow f ON f.customer_id = b.customer_id AND f.flow_id = b.flow_id
),
weighed AS MATERIALIZED (
  SELECT p.*, m.currency AS in_currency, m.weight
  FROM placed p
  CROSS JOIN LATERAL (
    SELECT CAST(NULL AS text) AS currency, CAST(1 AS numeric) AS weight
    UNION ALL
    SELECT p.currency, p.amount WHERE p.currency IS NOT NULL
  ) m
),
item AS (
  SELECT w.customer_id, w.part, w.in_currency AS currency, w.entry, w.t, w.cause, w.weight
  FROM weighed w
  WHERE w.weight > 0
),
-- include: survival
,
counted AS (
  SELECT
    w.customer_id, w.part, w.in_currency AS currency, sum(w.weight) FILTER (WHERE w.cause = 1) AS healed, sum(w.weight) AS watched,
    sum(w.weight) FILTER (WHERE w.cause = 0) AS still_open, sum(w.weight) FILTER (WHERE w.cause = 2) AS ended_otherwise,
    count(*) FILTER (WHERE w.weight IS NULL) AS unknown, count(w.weight) AS sample,
    count(*) FILTER (WHERE w.cause = 0 AND w.t <= 86400) AS open_1d,
    count(*) FILTER (WHERE w.cause = 0 AND w.t > 86400 AND w.t <= 604800) AS open_7d,
    count(*) FILTER (WHERE w.cause = 0 AND w.t > 604800 AND w.t <= 2592000) AS open_30d,
    count(*) FILTER (WHERE w.cause = 0 AND w.t > 2592000) AS open_older,
    count(*) FILTER (WHERE w.cause = 1 AND w.t <= 86400) AS healed_1d,
    count(*) FILTER (WHERE w.cause = 1 AND w.t > 86400 AND w.t <= 604800) AS healed_7d,
    count(*) FILTER (WHERE w.cause = 1 AND w.t > 604800 AND w.t <= 2592000) AS healed_30d,
    count(*) FILTER (WHERE w.cause = 1 AND w.t > 2592000) AS healed_older
  FROM weighed w
  GROUP BY w.customer_id, w.part, w.in_currency
),
asked AS (
  SELECT l.customer_id, '' AS part, CAST(NULL AS text) AS currency FROM look l WHERE CAST(:by AS text) IS NULL
  UNION
  SELECT c.customer_id, c.part, c.currency FROM counted c
)
SELECT
  a.customer_id, a.part, a.currency, s.half_at AS value, CASE WHEN c.sample > 0 THEN coalesce(c.healed, 0) END AS numerator, c.watched AS denominator,
  coalesce(c.unknown, 0) AS unknown, coalesce(c.sample, 0) AS sample, CAST(NULL AS float8) AS low, CAST(NULL AS float8) AS high,
  s.quarter_at, s.three_quarters_at, s.half_low, s.half_high, s.within_7_days, s.within_30_days, s.watched_up_to,
  coalesce(c.still_open, 0) AS still_open, coalesce(c.ended_otherwise, 0) AS ended_otherwise,
  coalesce(c.open_1d, 0) AS open_1d, coalesce(c.open_7d, 0) AS open_7d, coalesce(c.open_30d, 0) AS open_30d, coalesce(c.open_older, 0) AS open_older,
  coalesce(c.healed_1d, 0) AS healed_1d, coalesce(c.healed_7d, 0) AS healed_7d, coalesce(c.healed_30d, 0) AS healed_30d,
  coalesce(c.healed_older, 0) AS healed_older
FROM asked a
LEFT JOIN counted c ON c.customer_id = a.customer_id AND c.part = a.part AND c.currency IS NOT DISTINCT FROM a.currency
LEFT JOIN survival_summary s ON s.customer_id = a.customer_id AND s.part = a.part AND s.currency IS NOT DISTINCT FROM a.currency
ORDER BY a.customer_id, a.part, a.currency NULLS FIRST
