-- How projects were set up when they were looked at for the first time: one business day after they were made.
-- expects: parameters customer_ids, since, until, as_of
-- gives:   audit, one row per project made in [since, until): made_at, audit_at (the same local time on the next working day), checks (those
--          that can be made in its system), failed (of them), outcome:
--            right         every check passes
--            wrong         at least one does not
--            pending       the first look is still to come
--            unknown       the project was changed after that look and nobody knows how it was, or its system tells none of the fields
-- source:  metrics.md C3; each check scores 1 or 0 and only all of them make a success: SCOR, perfect order
told_field AS MATERIALIZED (  -- a field that a system never fills cannot be checked there
  SELECT
    p.customer_id, p.system_id, bool_or(p.account_ref IS NOT NULL) AS account, bool_or(p.contract_ref IS NOT NULL) AS contract,
    bool_or(p.billing_method IS NOT NULL) AS billing_method, bool_or(p.currency IS NOT NULL) AS currency,
    bool_or(p.budget_amount IS NOT NULL OR p.budget_hours IS NOT NULL) AS budget, bool_or(p.starts_on IS NOT NULL) AS dates
  FROM biz.project p
  WHERE p.customer_id = ANY (CAST(:customer_ids AS int[]))
  GROUP BY p.customer_id, p.system_id
),
audit AS MATERIALIZED (
  SELECT
    j.*,
    CASE
      WHEN j.audit_at > j.seen_at THEN 'pending'
      WHEN j.changed_at > j.audit_at OR cardinality(j.checks) = 0 THEN 'unknown'
      WHEN cardinality(j.failed) = 0 THEN 'right'
      ELSE 'wrong'
    END AS outcome
  FROM (
    SELECT
      p.customer_id, p.system_id, p.source_id AS project_id, p.number, p.name, p.account_ref, p.budget_amount AS amount,
      CAST(p.currency AS text) AS currency, m.made_at, coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) AS seen_at,
      (m.made_at AT TIME ZONE c.time_zone + make_interval(days => CASE extract(isodow FROM m.made_at AT TIME ZONE c.time_zone)
        WHEN 5 THEN 3 WHEN 6 THEN 2 ELSE 1 END)) AT TIME ZONE c.time_zone AS audit_at,
      greatest(coalesce(p.source_updated_at, p.last_seen_at), m.made_at) AS changed_at, k.checks, k.failed
    FROM biz.project p
    JOIN ops.customer c ON c.customer_id = p.customer_id
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
        (6, 'dates', t.dates, p.starts_on IS NOT NULL AND coalesce(p.ends_on >= p.starts_on, true))
      ) x (n, name, is_told, passes)
    ) k
    WHERE p.customer_id = ANY (CAST(:customer_ids AS int[])) AND m.made_at >= CAST(:since AS timestamptz) AND m.made_at < CAST(:until AS timestamptz)
      AND m.made_at <= coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) AND p.parent_ref IS NULL
      AND NOT coalesce(p.deleted_at <= coalesce(CAST(:as_of AS timestamptz), kpi.as_of()), false)
  ) j
)
