-- B6: how long does an incident stand in the queue before a person takes it up?
-- grain:   one row per customer and part
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (null, severity, rule)
-- columns: customer_id int; part, currency text; value float8 (median seconds; infinity: not reached; null: fewer than eight incidents, which
--          are listed instead); numerator (acknowledged), denominator (judged) numeric; unknown, sample bigint; low, high float8 (null); beside
--          them ninety_at, half_low, half_high, mean_within_1_day float8; still_open, ended_otherwise bigint; listed jsonb (null from
--          eight on)
-- source:  metrics.md B6: first act of a person - alert; over before anybody acted is another way to end
WITH
-- include: acknowledged
,
-- include: incident_time
SELECT t.* FROM incident_time t ORDER BY t.customer_id, t.part
