-- Lists every cell with trouble of a span, whether or not detection has looked at it.
-- grain:   one row of pg_temp.cell per flow and hour
-- params:  customer_ids int[]; since timestamptz
-- columns: rows written
-- source:  kpi.flow_hour
INSERT INTO pg_temp.cell (customer_id, flow_id, hour, counts)
SELECT f.customer_id, f.flow_id, f.hour, 'looked at'
FROM kpi.flow_hour f
WHERE f.customer_id = ANY (CAST(:customer_ids AS int[])) AND f.hour >= CAST(:since AS timestamptz)
  AND f.n_failed + f.n_overdue + f.n_missed + f.n_s3 > 0
