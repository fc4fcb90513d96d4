-- Finds the targets of each claim: by the key that the log names, by the key of the source that a target holds, by a link that is a fact, by what
-- the source or a billing link says it became, and, where both are of one kind, by a key that both have. A link that is no proof is a suggestion.
-- grain:   one row of pg_temp.found per claim and target
-- params:  customer_id int
-- columns: rows written
-- source:  sources.md B6, join keys; biz.xref, a fact from 0.90 on
WITH
called AS MATERIALIZED (
  SELECT c.n, c.plain_key AS name, coalesce(c.plain_key = kpi.plain_key(c.source_id), false) AS is_id
  FROM pg_temp.claim c
  WHERE c.source_id IS NULL OR c.source_type <> c.target_type
  UNION
  SELECT c.n, u.name, u.name = kpi.plain_key(r.source_id) AND cardinality(array_positions(r.names, u.name)) = 1
  FROM pg_temp.claim c
  CROSS JOIN LATERAL (
    SELECT r.names, r.source_id FROM kpi.record r
    WHERE r.customer_id = CAST(:customer_id AS int) AND r.system_id = c.source_system_id AND r.object_type = c.source_type AND r.source_id = c.source_id
    OFFSET 0
  ) r
  CROSS JOIN LATERAL unnest(r.names) u (name)
  -- two systems number their records each for itself: an id is no shared key
  WHERE c.source_type <> c.target_type OR u.name <> kpi.plain_key(r.source_id)
),
told AS (
  SELECT c.n, t.source_id, t.how LIKE '% id' AS is_id, bool_or(t.how LIKE '% id') OVER (PARTITION BY c.n) AS has_id, count(*) OVER (PARTITION BY c.n) AS number
  FROM pg_temp.claim c
  JOIN pg_temp.name_of t ON t.system_id = c.target_system_id AND t.object_type = c.target_type AND t.name = c.target_key
    AND t.how IN ('target id', 'target name', 'part id', 'part name')
)
INSERT INTO pg_temp.found (n, target_id, how)
SELECT t.n, t.source_id, 'told'
FROM told t
WHERE t.is_id OR NOT t.has_id AND t.number = 1
UNION
SELECT c.n, t.source_id, CASE t.how WHEN 'target name' THEN 'name' ELSE 'made_for' END
FROM pg_temp.claim c
JOIN called k ON k.n = c.n
JOIN pg_temp.name_of t ON t.system_id = c.target_system_id AND t.object_type = c.target_type AND t.name = k.name
WHERE t.how = 'target made_for'
  -- where the target says what kind it was made of: a quote and a change order may have one number, and an id is good at home only
  OR t.how = 'target made_for ' || c.source_type AND (NOT k.is_id OR c.source_system_id = c.target_system_id)
  OR t.how = 'target name' AND c.source_type = c.target_type
UNION
SELECT c.n, x.id, CASE WHEN x.confidence >= 0.90 THEN 'link' ELSE 'suggested' END
FROM pg_temp.claim c
JOIN (
  SELECT x.relation, x.left_system_id AS a_system, x.left_id AS a_id, x.right_system_id AS b_system, x.right_id AS id, x.confidence
  FROM biz.xref x
  WHERE x.customer_id = CAST(:customer_id AS int) AND x.valid_to = 'infinity' AND x.confidence >= 0.50
  UNION ALL
  SELECT x.relation, x.right_system_id, x.right_id, x.left_system_id, x.left_id, x.confidence
  FROM biz.xref x
  WHERE x.customer_id = CAST(:customer_id AS int) AND x.valid_to = 'infinity' AND x.confidence >= 0.50 AND x.relation LIKE 'same\_%'
) x ON x.a_system = c.source_system_id AND x.a_id = c.source_id AND x.b_system = c.target_system_id
  AND x.relation = CASE WHEN c.source_type = 'opportunity' AND c.target_type = 'project' THEN 'project_of_opportunity'
                        WHEN c.source_type = c.target_type THEN 'same_' || c.source_type END
UNION
SELECT c.n, r.points_to, 'became'
FROM pg_temp.claim c
CROSS JOIN LATERAL (
  SELECT r.points_to FROM kpi.record r
  WHERE r.customer_id = CAST(:customer_id AS int) AND r.system_id = c.source_system_id AND r.object_type = c.source_type AND r.source_id = c.source_id
  OFFSET 0
) r
WHERE r.points_to IS NOT NULL AND c.source_type <> c.target_type
UNION
-- work that does not say it itself, and that several lines bill in parts, has become the first of them
SELECT c.n, b.invoice_line_ref, 'became'
FROM pg_temp.claim c
CROSS JOIN LATERAL (
  SELECT r.points_to FROM kpi.record r
  WHERE r.customer_id = CAST(:customer_id AS int) AND r.system_id = c.source_system_id AND r.object_type = c.source_type AND r.source_id = c.source_id
  OFFSET 0
) r
CROSS JOIN LATERAL (
  SELECT b.invoice_line_ref
  FROM biz.billing_link b
  WHERE b.customer_id = CAST(:customer_id AS int) AND b.system_id = c.source_system_id AND b.object_type = c.source_type AND b.object_ref = c.source_id
    AND b.method <> 'inferred' AND b.deleted_at IS NULL AND coalesce(b.valid_to, 'infinity') = 'infinity'
  ORDER BY b.valid_from NULLS FIRST, b.invoice_line_ref
  LIMIT 1
) b
WHERE c.target_type = 'invoice_line' AND c.target_system_id = c.source_system_id AND r.points_to IS NULL
