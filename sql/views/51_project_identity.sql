-- Projects as deliveries: from when to when there was one that work could be booked on.
-- grain:   one row per project
-- columns: customer_id, system_id int; source_id, number, name, opportunity_key (as written one way), account_ref (after merges) text;
--          budget_amount numeric; currency text; created_at, gone_at timestamptz (infinity: it is there); is_usable boolean: active,
--          or closed after it was used
-- source:  [ours] a project that was closed after delivery was there in time; one that was never active was not
CREATE VIEW kpi.project_identity WITH (security_invoker = true) AS
SELECT
  p.customer_id, p.system_id, p.source_id, p.number, p.name, nullif(upper(trim(p.opportunity_key)), '') AS opportunity_key,
  coalesce(a.merged_into_ref, p.account_ref) AS account_ref, p.budget_amount, CAST(p.currency AS text) AS currency,
  coalesce(p.created_at, p.first_seen_at) AS created_at,
  coalesce(p.deleted_at, CAST('infinity' AS timestamptz)) AS gone_at,
  p.is_active IS NOT FALSE OR used.exists IS NOT NULL AS is_usable
FROM biz.project p
LEFT JOIN biz.account a ON a.customer_id = p.customer_id AND a.system_id = p.system_id AND a.source_id = p.account_ref
LEFT JOIN LATERAL (
  SELECT true AS exists
  FROM biz.time_entry t
  WHERE NOT p.is_active AND t.customer_id = p.customer_id AND t.system_id = p.system_id AND t.project_ref = p.source_id
  LIMIT 1
) used ON true;
