-- Writes down the coming billing cut-offs of customers, and forgets all others of theirs.
-- grain:   one row of kpi.cut_off per customer and instant
-- params:  customer_ids int[] (all that are looked at); owner_ids int[]; instants timestamptz[] (side by side)
-- columns: rows written
-- source:  metrics.triage.cut_off
WITH
wanted AS (
  SELECT v.customer_id, v.cut_off_at
  FROM unnest(CAST(:owner_ids AS int[]), CAST(:instants AS timestamptz[])) v (customer_id, cut_off_at)
),
forgotten AS (
  DELETE FROM kpi.cut_off k
  WHERE k.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND NOT EXISTS (SELECT FROM wanted w WHERE w.customer_id = k.customer_id AND w.cut_off_at = k.cut_off_at)
)
INSERT INTO kpi.cut_off (customer_id, cut_off_at)
SELECT w.customer_id, w.cut_off_at
FROM wanted w
ON CONFLICT (customer_id, cut_off_at) DO NOTHING
