-- A4: of the records that were to be moved, which share was accepted?
-- grain:   one row per customer and part; a part without counted records is a row with a null value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now, as counted last); by text (null, flow, day, month, system, workflow)
-- columns: customer_id int; part, currency text; value float8 0..1; numerator (accepted), denominator (accepted and
--          rejected) numeric; unknown bigint (transactions whose platform does not count records: no bound follows from
--          them, so low and high are null when there are any), sample bigint (records); low, high float8
-- source:  metrics.md A4: records_ok ÷ (records_ok + records_bad); what is left out on purpose is in neither
WITH
-- include: transaction_count
,
-- include: parts
,
-- include: transaction_sum
SELECT
  r.customer_id, r.part, CAST(NULL AS text) AS currency,
  CAST(r.records_ok AS float8) / nullif(CAST(r.records_ok + r.records_bad AS float8), 0) AS value,
  CAST(r.records_ok AS numeric) AS numerator, CAST(r.records_ok + r.records_bad AS numeric) AS denominator,
  CAST(r.records_unknown AS bigint) AS unknown, CAST(r.records_ok + r.records_bad AS bigint) AS sample,
  CASE WHEN r.records_unknown = 0 THEN CAST(r.records_ok AS float8) / nullif(CAST(r.records_ok + r.records_bad AS float8), 0) END AS low,
  CASE WHEN r.records_unknown = 0 THEN CAST(r.records_ok AS float8) / nullif(CAST(r.records_ok + r.records_bad AS float8), 0) END AS high
FROM summed r
ORDER BY r.customer_id, r.part
