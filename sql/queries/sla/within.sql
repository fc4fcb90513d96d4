-- How many transactions stayed within a threshold that is not the one promised for their flow.
-- grain:   one row per customer and local day on which any was judged
-- params:  customer_ids int[]; since, until timestamptz; flow_ids int[] (null: all); threshold_seconds int; is_latency boolean (false: processing time)
-- columns: customer_id int; day date; k (within), n (judged: measured, failed, overdue, missed), unknown (good, but its times are not known), pending bigint
-- source:  metrics.md A6, A7; view kpi.transaction, exact
SELECT
  t.customer_id, CAST(t.t0 AT TIME ZONE c.time_zone AS date) AS day,
  count(*) FILTER (WHERE t.measured <= CAST(:threshold_seconds AS int)) AS k,
  count(*) FILTER (WHERE t.measured IS NOT NULL OR t.outcome IN ('F', 'O+', 'M')) AS n,
  count(*) FILTER (WHERE t.measured IS NULL AND t.outcome IN ('S1', 'S2', 'S3', 'unknown')) AS unknown,
  count(*) FILTER (WHERE t.outcome = 'O') AS pending
FROM (
  SELECT x.customer_id, x.t0, x.outcome, CASE WHEN CAST(:is_latency AS boolean) THEN x.latency_seconds ELSE x.duration_seconds END AS measured
  FROM kpi.transaction x
  WHERE x.customer_id = ANY (CAST(:customer_ids AS int[])) AND x.t0 >= CAST(:since AS timestamptz) AND x.t0 < CAST(:until AS timestamptz)
    AND (CAST(:flow_ids AS int[]) IS NULL OR x.flow_id = ANY (CAST(:flow_ids AS int[]))) AND x.outcome <> 'N'
) t
JOIN ops.customer c ON c.customer_id = t.customer_id
GROUP BY t.customer_id, 2
ORDER BY t.customer_id, 2
