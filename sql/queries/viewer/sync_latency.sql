-- A6: how long does a transaction take from commit at the source to commit at the target?
-- grain:   one row per customer and part; a part without transactions is a row with a null value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now, as counted last); by text (null, flow, day, system, workflow)
-- columns: customer_id int; part, currency text; value float8 (95th percentile, seconds; null: nothing measured, or so much
--          failed that it is never reached: see not_reached); numerator (within the promised threshold), denominator (judged:
--          measured, failed, overdue, missed) numeric; unknown (good, but its times are not known), sample bigint; low,
--          high float8 (null); beside them p50, p95, p99 float8; not_reached text[]; share_within, share_low, share_high
--          float8; measured, zero (clocks disagree), infinite bigint; bucket, n int[] (the histogram itself)
-- source:  log buckets of 1 % relative error: DDSketch, VLDB 2019; failures are infinite: metrics.md A6, 4.2
WITH
-- include: latency_count
,
-- include: latency_answer
