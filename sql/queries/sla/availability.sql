-- The slices of agreed service time in a window, by an objective whether or not it is in force: up, down or quiet.
-- grain:   one row per five minutes of the service: the flows that are named, taken together
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); objective jsonb; flow_ids int[] (null: all)
-- columns: customer_id int; item_id (the slice), label, outcome text (up, down, quiet), flow_key text (null); at timestamptz; k, n, unknown boolean
-- source:  metrics.md B1; fragment service_slice, the same as metric B1
WITH
-- include: proposed
,
part_of_flow AS (
  SELECT f.customer_id, f.flow_id, f.removed_at, '' AS part
  FROM ops.flow f
  WHERE f.customer_id = ANY (CAST(:customer_ids AS int[])) AND (CAST(:flow_ids AS int[]) IS NULL OR f.flow_id = ANY (CAST(:flow_ids AS int[])))
),
-- include: service_slice
SELECT
  s.customer_id, to_char(s.slice_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') AS item_id,
  CASE WHEN s.valid = 0 THEN 'nothing was due' ELSE s.good || ' of ' || s.valid || ' succeeded' END AS label, s.verdict AS outcome,
  CAST(NULL AS text) AS flow_key, s.slice_at AS at, s.verdict = 'up' AS k, s.verdict <> 'quiet' AS n, s.verdict = 'quiet' AS unknown
FROM service_slice s
ORDER BY s.slice_at
