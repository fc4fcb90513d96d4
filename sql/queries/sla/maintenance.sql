-- The announced work that touches a window, as it was known at an instant.
-- grain:   one row per announcement that stands: replaced and withdrawn ones are not in it
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now)
-- columns: customer_id int; maintenance_id bigint; announced_at, starts_at, ends_at timestamptz; flow_ids int[]; reason, announced_by text
-- source:  metrics.md 1.4
WITH known AS (
  SELECT m.*
  FROM ops.maintenance m
  WHERE m.customer_id = ANY (CAST(:customer_ids AS int[])) AND m.announced_at <= coalesce(CAST(:as_of AS timestamptz), kpi.as_of())
)
SELECT k.customer_id, k.maintenance_id, k.announced_at, k.starts_at, k.ends_at, k.flow_ids, k.reason, k.announced_by
FROM known k
LEFT JOIN known r ON r.customer_id = k.customer_id AND r.replaces = k.maintenance_id
WHERE r.maintenance_id IS NULL AND NOT k.is_withdrawn AND k.starts_at < CAST(:until AS timestamptz) AND k.ends_at > CAST(:since AS timestamptz)
ORDER BY k.customer_id, k.starts_at, k.maintenance_id
