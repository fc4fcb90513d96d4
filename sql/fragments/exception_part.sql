-- What figures of the exception queue are split into.
-- expects: subject (rows of life, fragment exception_life, and place: their project or practice, where it is told); params customer_ids int[]; by text (null, class, rule, flow, workflow, system, project or practice)
-- gives:   placed, the same rows with their part (the system is that of the record in trouble); part, one row per customer and part, both classes,
--          flows, workflows and systems also when nothing is in them
placed AS MATERIALIZED (
  SELECT
    x.*,
    CASE CAST(:by AS text)
      WHEN 'class' THEN x.class
      WHEN 'rule' THEN x.rule
      WHEN 'flow' THEN coalesce(f.key, '(no flow)')
      WHEN 'workflow' THEN coalesce(f.workflow, '(no flow)')
      WHEN 'system' THEN coalesce(y.key, '(none)')
      ELSE coalesce(x.place, '')
    END AS part
  FROM subject x
  LEFT JOIN ops.flow f ON f.customer_id = x.customer_id AND f.flow_id = x.flow_id
  LEFT JOIN ops.system y ON y.customer_id = x.customer_id AND y.system_id = x.system_id
),
part AS (
  SELECT c.customer_id, k.part
  FROM ops.customer c
  CROSS JOIN unnest(CASE CAST(:by AS text) WHEN 'class' THEN ARRAY['technical', 'business'] WHEN 'rule' THEN ARRAY[]::text[]
                                           WHEN 'flow' THEN ARRAY[]::text[] WHEN 'workflow' THEN ARRAY[]::text[]
                                           WHEN 'system' THEN ARRAY[]::text[] WHEN 'project' THEN ARRAY[]::text[]
                                           WHEN 'practice' THEN ARRAY[]::text[] ELSE ARRAY[''] END) k (part)
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
  UNION
  SELECT f.customer_id, CASE CAST(:by AS text) WHEN 'flow' THEN f.key ELSE f.workflow END
  FROM ops.flow f
  WHERE f.customer_id = ANY (CAST(:customer_ids AS int[])) AND CAST(:by AS text) IN ('flow', 'workflow') AND f.removed_at IS NULL
  UNION
  SELECT y.customer_id, y.key
  FROM ops.system y
  WHERE y.customer_id = ANY (CAST(:customer_ids AS int[])) AND CAST(:by AS text) = 'system' AND y.removed_at IS NULL
  UNION
  SELECT p.customer_id, p.part
  FROM placed p
)
