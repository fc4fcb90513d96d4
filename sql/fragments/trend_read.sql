-- Which days can be judged: what has been read of a customer's runs, or of all its records where it has none.
-- expects: param customer_ids int[]
-- gives:   trend_read (customer_id, windows tstzmultirange), no row where nothing was ever read
-- source:  metrics.md A14; kpi.stream_read
trend_read AS (
  SELECT k.customer_id, range_intersect_agg(k.windows) AS windows
  FROM kpi.stream_read k
  JOIN ops.system s ON s.customer_id = k.customer_id AND s.system_id = k.system_id AND s.removed_at IS NULL
  WHERE k.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND (k.object = 'run' OR NOT EXISTS (SELECT FROM kpi.stream_read o WHERE o.customer_id = k.customer_id AND o.object = 'run'))
  GROUP BY k.customer_id
)
