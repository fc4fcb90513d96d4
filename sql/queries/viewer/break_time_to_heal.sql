-- C10b: how long do two systems not hold a record alike, until they do again?
-- grain:   one row per customer and part by count (currency null), and one more per currency by value; a customer without breaks has one row with
--          a null value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (null, flow, workflow, object or system, the
--          one that was written to)
-- columns: customer_id int; part, currency text; value float8 (median seconds; infinity: not reached); numerator (healed), denominator (watched)
--          numeric; unknown (by value: of no known value), sample bigint; low, high float8 (null); beside them quarter_at, three_quarters_at, half_low,
--          half_high, within_7_days, within_30_days, watched_up_to float8; still_open, ended_otherwise numeric; open_1d, open_7d, open_30d,
--          open_older (by age at the end), healed_1d, healed_7d, healed_30d, healed_older bigint (by how long they lasted)
-- source:  metrics.md C10: break ageing by Kaplan-Meier, with delayed entry (fragments break_clock, survival)
WITH
-- include: break_clock
,
part_of AS MATERIALIZED (
  SELECT
    b.*,
    CASE CAST(:by AS text)
      WHEN 'flow' THEN f.key
      WHEN 'workflow' THEN f.workflow
      WHEN 'object' THEN b.target_type
      WHEN 'system' THEN y.key
      ELSE ''
    END AS part
  FROM broken b
  JOIN ops.flow f ON f.customer_id = b.customer_id AND f.flow_id = b.flow_id
  JOIN ops.system y ON y.customer_id = b.customer_id AND y.system_id = b.target_system_id
),
-- include: clock_item
,
-- include: survival
,
-- include: clock_answer
,
aged AS (
  SELECT
    p.customer_id, p.part, m.currency,
    count(*) FILTER (WHERE p.cause = 0 AND p.t <= 86400) AS open_1d,
    count(*) FILTER (WHERE p.cause = 0 AND p.t > 86400 AND p.t <= 604800) AS open_7d,
    count(*) FILTER (WHERE p.cause = 0 AND p.t > 604800 AND p.t <= 2592000) AS open_30d,
    count(*) FILTER (WHERE p.cause = 0 AND p.t > 2592000) AS open_older,
    count(*) FILTER (WHERE p.cause = 1 AND p.t <= 86400) AS healed_1d,
    count(*) FILTER (WHERE p.cause = 1 AND p.t > 86400 AND p.t <= 604800) AS healed_7d,
    count(*) FILTER (WHERE p.cause = 1 AND p.t > 604800 AND p.t <= 2592000) AS healed_30d,
    count(*) FILTER (WHERE p.cause = 1 AND p.t > 2592000) AS healed_older
  FROM part_of p
  CROSS JOIN LATERAL (SELECT CAST(NULL AS text) AS currency UNION ALL SELECT p.currency WHERE p.currency IS NOT NULL) m
  GROUP BY p.customer_id, p.part, m.currency
)
SELECT
  a.customer_id, a.part, a.currency, a.value, a.numerator, a.denominator, a.unknown, a.sample, a.low, a.high, a.quarter_at, a.three_quarters_at,
  a.half_low, a.half_high, a.within_7_days, a.within_30_days, a.watched_up_to, coalesce(a.still_open, 0) AS still_open,
  coalesce(a.ended_otherwise, 0) AS ended_otherwise, coalesce(g.open_1d, 0) AS open_1d, coalesce(g.open_7d, 0) AS open_7d,
  coalesce(g.open_30d, 0) AS open_30d, coalesce(g.open_older, 0) AS open_older, coalesce(g.healed_1d, 0) AS healed_1d,
  coalesce(g.healed_7d, 0) AS healed_7d, coalesce(g.healed_30d, 0) AS healed_30d, coalesce(g.healed_older, 0) AS healed_older
FROM clock_answer a
LEFT JOIN aged g ON g.customer_id = a.customer_id AND g.part = a.part AND g.currency IS NOT DISTINCT FROM a.currency
ORDER BY a.customer_id, a.part, a.currency NULLS FIRST
