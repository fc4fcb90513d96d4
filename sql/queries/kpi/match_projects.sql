-- Proposes which project delivers which opportunity.
-- grain:   one row of pg_temp.proposed per pair, left the opportunity
-- params:  customer_id int; window_days int (how long after the win a project without a key may have been made for it)
-- columns: rules and confidence: key 1.00 (the project names the opportunity's number, else its reference, else its id; 0.70 when
--          that names several), account_and_time 0.60 to 0.80 (same account, made from a day before the win to the end of the window;
--          0.10 more for the same amount in the same currency, 0.10 more for a name that shares its words; 0.50 when the accounts
--          themselves are only a suggestion): never a fact
-- source:  sources.md B2.5, traps 3 and 4; B6, join keys
WITH
opportunity AS (
  SELECT
    o.system_id, o.source_id, o.name, coalesce(a.merged_into_ref, o.account_ref) AS account_ref, o.amount,
    CAST(o.currency AS text) AS currency, o.won_at, o.is_won, k.rank, k.key
  FROM biz.opportunity o
  LEFT JOIN biz.account a ON a.customer_id = o.customer_id AND a.system_id = o.system_id AND a.source_id = o.account_ref
  CROSS JOIN LATERAL (VALUES (1, o.number), (2, o.reference), (3, o.source_id)) v (rank, raw)
  CROSS JOIN LATERAL (SELECT v.rank, nullif(upper(trim(v.raw)), '') AS key) k
  WHERE o.customer_id = CAST(:customer_id AS int) AND o.deleted_at IS NULL
),
project AS (
  SELECT p.*
  FROM kpi.project_identity p
  WHERE p.customer_id = CAST(:customer_id AS int)
),
named AS (
  SELECT
    o.system_id AS left_system_id, o.source_id AS left_id, p.system_id AS right_system_id, p.source_id AS right_id, o.rank,
    min(o.rank) OVER (PARTITION BY p.system_id, p.source_id) AS best,
    p.account_ref AS right_account, o.account_ref AS left_account
  FROM project p
  JOIN opportunity o ON o.key = p.opportunity_key
),
by_key AS (
  SELECT DISTINCT
    n.left_system_id, n.left_id, n.right_system_id, n.right_id,
    CASE WHEN count(*) OVER (PARTITION BY n.right_system_id, n.right_id) = 1 THEN 1.00 ELSE 0.70 END AS confidence
  FROM named n
  WHERE n.rank = n.best
),
-- accounts seen from either side
account AS (
  SELECT s.left_system_id AS a_system_id, s.left_id AS a_id, s.right_system_id AS b_system_id, s.right_id AS b_id, s.confidence
  FROM pg_temp.proposed s
  WHERE s.customer_id = CAST(:customer_id AS int) AND s.relation = 'same_account'
  UNION ALL
  SELECT s.right_system_id, s.right_id, s.left_system_id, s.left_id, s.confidence
  FROM pg_temp.proposed s
  WHERE s.customer_id = CAST(:customer_id AS int) AND s.relation = 'same_account'
),
unkeyed AS (
  SELECT p.*
  FROM project p
  LEFT JOIN by_key k ON k.right_system_id = p.system_id AND k.right_id = p.source_id
  WHERE k.right_id IS NULL AND p.gone_at = 'infinity'
),
by_time AS (
  SELECT
    o.system_id AS left_system_id, o.source_id AS left_id, p.system_id AS right_system_id, p.source_id AS right_id,
    CASE WHEN a.confidence < 0.90 THEN 0.50 ELSE
      0.60
      + CASE WHEN o.amount = p.budget_amount AND o.currency = p.currency THEN 0.10 ELSE 0 END
      + CASE WHEN w.shared > 0 THEN 0.10 ELSE 0 END
    END AS confidence
  FROM opportunity o
  JOIN account a ON a.a_system_id = o.system_id AND a.a_id = o.account_ref
  JOIN unkeyed p ON p.system_id = a.b_system_id AND p.account_ref = a.b_id
    AND p.created_at >= o.won_at - interval '1 day'
    AND p.created_at < o.won_at + make_interval(days => CAST(:window_days AS int))
  CROSS JOIN LATERAL (
    SELECT count(*) AS shared
    FROM (
      SELECT unnest(regexp_split_to_array(lower(o.name), '(\W|_)+'))
      INTERSECT
      SELECT unnest(regexp_split_to_array(lower(p.name), '(\W|_)+'))
    ) x (word)
    WHERE length(x.word) > 3
  ) w
  LEFT JOIN by_key k ON k.left_system_id = o.system_id AND k.left_id = o.source_id AND k.confidence >= 0.90
  WHERE o.rank = 1 AND o.is_won AND o.won_at IS NOT NULL AND k.left_id IS NULL
)
INSERT INTO pg_temp.proposed (customer_id, relation, left_system_id, left_id, right_system_id, right_id, rule, confidence)
SELECT CAST(:customer_id AS int), 'project_of_opportunity', k.left_system_id, k.left_id, k.right_system_id, k.right_id, 'key', k.confidence
FROM by_key k
UNION ALL
SELECT
  CAST(:customer_id AS int), 'project_of_opportunity', t.left_system_id, t.left_id, t.right_system_id, t.right_id, 'account_and_time',
  max(t.confidence)
FROM by_time t
GROUP BY t.left_system_id, t.left_id, t.right_system_id, t.right_id
