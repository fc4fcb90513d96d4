-- Lists the cells whose trouble is not as it was when detection looked last.
-- grain:   one row of pg_temp.cell per flow and hour; counts null: there is no trouble any more
-- params:  customer_ids int[]
-- columns: rows written
-- source:  kpi.flow_hour
INSERT INTO pg_temp.cell (customer_id, flow_id, hour, counts)
SELECT
  coalesce(h.customer_id, d.customer_id), coalesce(h.flow_id, d.flow_id), coalesce(h.hour, d.hour), h.counts
FROM (
  SELECT f.customer_id, f.flow_id, f.hour, concat_ws(' ', f.n_s1, f.n_s2, f.n_s3, f.n_failed, f.n_overdue, f.n_missed, f.n_unknown, f.n_void) AS counts
  FROM kpi.flow_hour f
  WHERE f.customer_id = ANY (CAST(:customer_ids AS int[])) AND f.n_failed + f.n_overdue + f.n_missed + f.n_s3 > 0
) h
FULL JOIN (
  SELECT d.customer_id, d.flow_id, d.hour, d.counts
  FROM kpi.detected_cell d
  WHERE d.customer_id = ANY (CAST(:customer_ids AS int[]))
) d ON d.customer_id = h.customer_id AND d.flow_id = h.flow_id AND d.hour = h.hour
WHERE h.counts IS DISTINCT FROM d.counts
