-- B6b: how long does an incident go on before we see it?
-- grain:   one row per customer and part
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (null, severity, rule)
-- columns: customer_id int; part, currency text; value float8 (median seconds; infinity: not reached; null: fewer than eight incidents, which
--          are listed instead); numerator (detected), denominator (judged) numeric; unknown, sample bigint; low, high float8 (null); beside
--          them ninety_at, half_low, half_high, mean_within_1_day float8; still_open, ended_otherwise bigint; listed jsonb (null from
--          eight on)
-- source:  metrics.md B6: detected - onset; what nobody has seen yet nobody can count
WITH
-- include: detected
,
-- include: incident_time
SELECT t.* FROM incident_time t ORDER BY t.customer_id, t.part
