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
  UNION
  SELECT f.customer_id, f.part
  FROM part_of_flow f
  WHERE CAST(:by AS text) IN ('flow', 'system', 'workflow') AND coalesce(f.removed_at > CAST(:since AS timestamptz), true)
  UNION
  SELECT c.customer_id, to_char(d.day, 'YYYY-MM-DD')
  FROM ops.customer c
  CROSS JOIN LATERAL generate_series(
    date_trunc('day', CAST(:since AS timestamptz) AT TIME ZONE c.time_zone),
    least(CAST(:until AS timestamptz) - interval '1 microsecond', coalesce(CAST(:as_of AS timestamptz), now())) AT TIME ZONE c.time_zone,
    interval '1 day') d (day)
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[])) AND CAST(:by AS text) = 'day'
  UNION
  SELECT c.customer_id, to_char(m.month, 'YYYY-MM')
  FROM ops.customer c
  CROSS JOIN LATERAL generate_series(
    date_trunc('month', CAST(:since AS timestamptz) AT TIME ZONE c.time_zone),
    least(CAST(:until AS timestamptz) - interval '1 microsecond', coalesce(CAST(:as_of AS timestamptz), now())) AT TIME ZONE c.time_zone,
    interval '1 month') m (month)
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[])) AND CAST(:by AS text) = 'month'
)
