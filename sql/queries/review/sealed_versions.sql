-- The newest sealed version of each month, and whether it is new.
-- grain:   one row per customer and month that has a sealed version
-- params:  customer_ids int[]; since timestamptz
-- columns: customer_id int; period text; version int; sealed_at timestamptz; is_new boolean (sealed since then)
-- source:  ops.statement
SELECT DISTINCT ON (s.customer_id, s.period)
  s.customer_id, s.period, s.version, s.sealed_at, s.sealed_at >= CAST(:since AS timestamptz) AS is_new
FROM ops.statement s
WHERE s.customer_id = ANY (CAST(:customer_ids AS int[]))
ORDER BY s.customer_id, s.period DESC, s.version DESC
