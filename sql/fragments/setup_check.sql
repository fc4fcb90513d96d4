-- Which checks of its set-up can be made on a project, and which of them it fails as it stands now.
-- expects: parameter customer_ids
-- gives:   checked, one row per project that is no phase of another: made_at, changed_at, checks (those that can be made in its system),
--          failed (of them), amount, currency
-- source:  metrics.md C3; version 2 of the list
told_field AS MATERIALIZED (  -- a field that a system never fills cannot be checked there
  SELECT
    p.customer_id, p.system_id, bool_or(p.account_ref IS NOT NULL) AS account, bool_or(p.contract_ref IS NOT NULL) AS contract,
    bool_or(p.billing_method IS NOT NULL) AS billing_method, bool_or(p.currency IS NOT NULL) AS currency,
    bool_or(p.budget_amount IS NOT NULL OR p.budget_hours IS NOT NULL) AS budget, bool_or(p.starts_on IS NOT NULL) AS dates,
    bool_or(p.cost_centre IS NOT NULL) AS cost_centre, bool_or(p.manager_ref IS NOT NULL) AS manager, bool_or(p.tax_code IS NOT NULL) AS tax_code
  FROM biz.project p
  WHERE p.customer_id = ANY (CAST(:customer_ids AS int[]))
  GROUP BY p.customer_id, p.system_id
),
checked AS (
  SELECT
    p.customer_id, p.system_id, p.source_id AS project_id, p.number, p.name, p.account_ref, p.budget_amount AS amount,
    CAST(p.currency AS text) AS currency, m.made_at, greatest(coalesce(p.source_updated_at, p.last_seen_at), m.made_at) AS changed_at,
    p.deleted_at, k.checks, k.failed
  FROM biz.project p
  JOIN told_field t ON t.customer_id = p.customer_id AND t.system_id = p.system_id
  CROSS JOIN LATERAL (SELECT coalesce(p.created_at, p.first_seen_at) AS made_at) m
  LEFT JOIN biz.account a ON a.customer_id = p.customer_id AND a.system_id = p.system_id AND a.source_id = p.account_ref AND a.deleted_at IS NULL
  CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(x.name ORDER BY x.n) FILTER (WHERE x.is_told), '{}') AS checks,
      coalesce(array_agg(x.name ORDER BY x.n) FILTER (WHERE x.is_told AND NOT x.passes), '{}') AS failed
    FROM (VALUES
      (1, 'customer', t.account, a.source_id IS NOT NULL),
      (2, 'contract', t.contract, p.contract_ref IS NOT NULL),
      (3, 'billing method', t.billing_method, p.billing_method IS NOT NULL),
      (4, 'currency', t.currency, p.currency IS NOT NULL),
      (5, 'budget', t.budget, p.budget_amount IS NOT NULL OR p.budget_hours IS NOT NULL),
      (6, 'dates', t.dates, p.starts_on IS NOT NULL AND coalesce(p.ends_on >= p.starts_on, true)),
      (7, 'cost centre', t.cost_centre, p.cost_centre IS NOT NULL),
      (8, 'manager', t.manager, p.manager_ref IS NOT NULL),
      (9, 'tax code', t.tax_code, p.tax_code IS NOT NULL)
    ) x (n, name, is_told, passes)
  ) k
  WHERE p.customer_id = ANY (CAST(:customer_ids AS int[])) AND p.parent_ref IS NULL
)
