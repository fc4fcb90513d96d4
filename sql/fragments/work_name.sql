-- The names of what work can be split by: of projects and accounts, told apart where two bear the same one.
-- expects: params customer_ids int[]; by text (project, account, system or anything else)
-- gives:   work_name, one row per customer, system and ref
work_name AS MATERIALIZED (
  SELECT
    n.customer_id, n.system_id, n.ref,
    CASE WHEN count(*) OVER (PARTITION BY n.customer_id, n.name) > 1 THEN n.name || ' (' || n.ref || ')' ELSE n.name END AS name
  FROM (
    SELECT p.customer_id, p.system_id, p.source_id AS ref, coalesce(p.name, p.number, p.source_id) AS name
    FROM biz.project p
    WHERE CAST(:by AS text) = 'project' AND p.customer_id = ANY (CAST(:customer_ids AS int[]))
    UNION ALL
    SELECT a.customer_id, a.system_id, a.source_id, a.name
    FROM biz.account a
    WHERE CAST(:by AS text) = 'account' AND a.customer_id = ANY (CAST(:customer_ids AS int[]))
    UNION ALL
    SELECT y.customer_id, y.system_id, '', y.key
    FROM ops.system y
    WHERE CAST(:by AS text) = 'system' AND y.customer_id = ANY (CAST(:customer_ids AS int[]))
  ) n
)
