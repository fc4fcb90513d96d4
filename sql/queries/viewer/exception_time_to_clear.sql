-- A13b: how long is a transaction or record in trouble until it is cleared?
-- grain:   one row per customer and part; a part without trouble is a row with a null value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (class, rule, flow, workflow, system, project, practice or
--          null)
-- columns: customer_id int; part, currency text; value float8 (median seconds; infinity: not reached); numerator (cleared), denominator
--          (watched) numeric; unknown, sample bigint; low, high float8 (null); beside them quarter_at, three_quarters_at, ninety_at, half_low,
--          half_high, within_7_days, within_30_days, mean_within_1_day, watched_up_to float8; still_open, waived bigint
-- source:  metrics.md A13; Kaplan-Meier with delayed entry; waived is another way to end (fragments exception_clock, survival)
WITH
-- include: exception_clock
,
in_trouble AS (SELECT w.* FROM watched w),
-- include: trouble_subject
,
-- include: exception_part
,
item AS (
  SELECT p.customer_id, p.part, CAST(NULL AS text) AS currency, p.entry, p.t, p.cause, CAST(1 AS numeric) AS weight
  FROM placed p
),
-- include: survival
,
-- include: survival_tail
SELECT
  p.customer_id, p.part, CAST(NULL AS text) AS currency, min(s.half_at) AS value,
  CAST(count(x.customer_id) FILTER (WHERE x.cause = 1) AS numeric) AS numerator, CAST(count(x.customer_id) AS numeric) AS denominator,
  CAST(0 AS bigint) AS unknown, count(x.customer_id) AS sample, CAST(NULL AS float8) AS low, CAST(NULL AS float8) AS high,
  min(s.quarter_at) AS quarter_at, min(s.three_quarters_at) AS three_quarters_at, min(t.ninety_at) AS ninety_at, min(s.half_low) AS half_low,
  min(s.half_high) AS half_high, min(s.within_7_days) AS within_7_days, min(s.within_30_days) AS within_30_days,
  min(t.mean_within_1_day) AS mean_within_1_day, min(s.watched_up_to) AS watched_up_to,
  count(x.customer_id) FILTER (WHERE x.cause = 0) AS still_open, count(x.customer_id) FILTER (WHERE x.cause = 2) AS waived
FROM part p
LEFT JOIN placed x ON x.customer_id = p.customer_id AND x.part = p.part
LEFT JOIN survival_summary s ON s.customer_id = p.customer_id AND s.part = p.part
LEFT JOIN survival_tail t ON t.customer_id = p.customer_id AND t.part = p.part
GROUP BY p.customer_id, p.part
ORDER BY p.customer_id, p.part
