-- What a figure is split into.
-- expects: params customer_ids int[]; since, until, as_of timestamptz; by text (null, flow, day, month, system or workflow)
-- gives:   part_of_flow, one row per flow: the part it belongs to (a flow belongs to the system on which its runs happen;
--          split by day or month the part is that, not this);
--          part, one row per customer and part that is to be shown, also when nothing happened in it
part_of_flow AS (
  SELECT
    f.customer_id, f.flow_id, f.removed_at,
    CASE CAST(:by AS text) WHEN 'flow' THEN f.key WHEN 'workflow' THEN f.workflow WHEN 'system' THEN coalesce(s.key, '') ELSE '' END AS part
  FROM ops.flow f
  LEFT JOIN ops.system s ON s.customer_id = f.customer_id AND s.system_id = f.runs_system_id
  WHERE f.customer_id = ANY (CAST(:customer_ids AS int[]))
),
part AS (
  SELECT c.customer_id, '' AS part
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[])) AND CAST(:by AS text) IS NULL
-- include: part_of_each
)
