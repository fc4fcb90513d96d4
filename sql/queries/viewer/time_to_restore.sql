-- B7: how long does an incident last until nothing of it is open?
-- grain:   one row per customer and part
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (null, severity, rule)
-- columns: customer_id int; part, currency text; value float8 (median seconds; infinity: not reached; null: fewer than eight incidents, which
--          are listed instead); numerator (restored), denominator (judged) numeric; unknown, sample bigint; low, high float8 (null); beside
--          them ninety_at, half_low, half_high, mean_within_1_day float8; still_open, ended_otherwise bigint; listed jsonb (null from
--          eight on)
-- source:  metrics.md B7: restored - onset, of the four R's the restoration of the service
WITH
-- include: restored
,
-- include: incident_time
SELECT t.* FROM incident_time t ORDER BY t.customer_id, t.part
