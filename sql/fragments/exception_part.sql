-- What figures of the exception queue are split into.
-- expects: subject (rows of life, fragment exception_life); params customer_ids int[]; by text (null, class, rule or flow)
-- gives:   placed, the same rows with their part; part, one row per customer and part, both classes also when nothing is in them
placed AS MATERIALIZED (
  SELECT
    x.*, CASE CAST(:by AS text) WHEN 'class' THEN x.class WHEN 'rule' THEN x.rule WHEN 'flow' THEN coalesce(f.key, '(no flow)') ELSE '' END AS part
  FROM subject x
  LEFT JOIN ops.flow f ON f.customer_id = x.customer_id AND f.flow_id = x.flow_id
),
part AS (
  SELECT c.customer_id, k.part
  FROM ops.customer c
  CROSS JOIN unnest(CASE CAST(:by AS text) WHEN 'class' THEN ARRAY['technical', 'business'] WHEN 'rule' THEN ARRAY[]::text[]
                                           WHEN 'flow' THEN ARRAY[]::text[] ELSE ARRAY[''] END) k (part)
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
  UNION
  SELECT f.customer_id, f.key
  FROM ops.flow f
  WHERE f.customer_id = ANY (CAST(:customer_ids AS int[])) AND CAST(:by AS text) = 'flow' AND f.removed_at IS NULL
  UNION
  SELECT p.customer_id, p.part
  FROM placed p
)
