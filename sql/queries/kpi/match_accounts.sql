-- Proposes which accounts of two systems are the same firm.
-- grain:   one row of pg_temp.proposed per pair, left the system with the lower id
-- params:  customer_id int
-- columns: rules and confidence: code 1.00 (0.60 when the names share no first word: two systems may number alike by accident),
--          tax_id 0.98, domain 0.92, name 0.90; a pair that is not the best of both its sides, or shares its key with a third, gets
--          0.60 at most: a person decides
-- source:  sources.md B6, join keys
WITH
same AS (
  SELECT
    l.system_id AS left_system_id, l.source_id AS left_id, r.system_id AS right_system_id, r.source_id AS right_id,
    k.rank, k.rule, k.key,
    CASE WHEN k.rule = 'code' AND split_part(l.name, ' ', 1) IS DISTINCT FROM split_part(r.name, ' ', 1) THEN 0.60 ELSE k.confidence END
      AS confidence
  FROM kpi.account_identity l
  CROSS JOIN LATERAL (VALUES
    (1, 'code', l.code, 1.00), (2, 'tax_id', l.tax_id, 0.98), (3, 'domain', l.domain, 0.92), (4, 'name', l.name, 0.90)
  ) k (rank, rule, key, confidence)
  JOIN (
    SELECT i.system_id, i.source_id, i.name, m.rule, m.key
    FROM kpi.account_identity i
    CROSS JOIN LATERAL (VALUES ('code', i.code), ('tax_id', i.tax_id), ('domain', i.domain), ('name', i.name)) m (rule, key)
    WHERE i.customer_id = CAST(:customer_id AS int) AND m.key IS NOT NULL
  ) r ON r.rule = k.rule AND r.key = k.key AND r.system_id > l.system_id
  WHERE l.customer_id = CAST(:customer_id AS int)
),
-- the strongest rule of each pair, and how many others claim one of its ends by that same rule
pair AS (
  SELECT
    p.*,
    min(p.rank) FILTER (WHERE p.confidence >= 0.90) OVER (PARTITION BY p.left_system_id, p.left_id, p.right_system_id) AS best_of_left,
    min(p.rank) FILTER (WHERE p.confidence >= 0.90) OVER (PARTITION BY p.right_system_id, p.right_id, p.left_system_id) AS best_of_right,
    count(*) OVER (PARTITION BY p.left_system_id, p.left_id, p.right_system_id, p.rank) AS rivals_of_left,
    count(*) OVER (PARTITION BY p.right_system_id, p.right_id, p.left_system_id, p.rank) AS rivals_of_right
  FROM (
    SELECT DISTINCT ON (s.left_system_id, s.left_id, s.right_system_id, s.right_id) s.*
    FROM same s
    ORDER BY s.left_system_id, s.left_id, s.right_system_id, s.right_id, s.confidence DESC, s.rank
  ) p
)
INSERT INTO pg_temp.proposed (customer_id, relation, left_system_id, left_id, right_system_id, right_id, rule, confidence)
SELECT
  CAST(:customer_id AS int), 'same_account', p.left_system_id, p.left_id, p.right_system_id, p.right_id, p.rule,
  CASE WHEN p.rank = p.best_of_left AND p.rank = p.best_of_right AND p.rivals_of_left = 1 AND p.rivals_of_right = 1
    THEN p.confidence ELSE least(p.confidence, 0.60) END
FROM pair p
