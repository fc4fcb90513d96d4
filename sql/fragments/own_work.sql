-- Time that the customer's own people logged on manual entry, rework or finance, as the customer's settings name it.
-- expects: params customer_ids int[]; since, until, as_of timestamptz (as_of null: now)
-- gives:   own_kind, one row per customer and kind (manual entry, rework, finance): is_named (its settings say how it is logged); own_work, one row
--          per time entry of the period whose task, project, project number or billing code bears such a name: kinds text[], hours
-- source:  product.md, KPIs 27, 30 and 34; names are compared without case, * stands for anything
own_kind AS MATERIALIZED (
  SELECT c.customer_id, k.kind, coalesce(jsonb_array_length(c.own_work -> replace(k.kind, ' ', '_')), 0) > 0 AS is_named
  FROM ops.customer c
  CROSS JOIN (VALUES ('manual entry'), ('rework'), ('finance')) k (kind)
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
),
own_name AS MATERIALIZED (
  SELECT
    c.customer_id, k.kind,
    replace(replace(replace(replace(lower(trim(n.name)), '\', '\\'), '%', '\%'), '_', '\_'), '*', '%') AS pattern
  FROM ops.customer c
  JOIN own_kind k ON k.customer_id = c.customer_id AND k.is_named
  CROSS JOIN LATERAL jsonb_array_elements_text(c.own_work -> replace(k.kind, ' ', '_')) n (name)
),
own_work AS MATERIALIZED (
  SELECT
    t.customer_id, t.system_id, t.source_id AS item_id, t.worked_on, t.minutes / 60 AS hours, coalesce(k.name, t.billing_code) AS task, p.name AS project,
    f.kinds
  FROM ops.customer c
  JOIN biz.time_entry t ON t.customer_id = c.customer_id AND t.deleted_at IS NULL
    AND coalesce(t.entered_at, t.first_seen_at) <= coalesce(CAST(:as_of AS timestamptz), kpi.as_of())
  LEFT JOIN biz.task k ON k.customer_id = t.customer_id AND k.system_id = t.system_id AND k.source_id = t.task_ref
  LEFT JOIN biz.project p ON p.customer_id = t.customer_id AND p.system_id = t.system_id AND p.source_id = coalesce(t.project_ref, k.project_ref)
  CROSS JOIN LATERAL (
    SELECT array_agg(DISTINCT n.kind) AS kinds
    FROM own_name n
    WHERE n.customer_id = t.customer_id
      AND (lower(k.name) LIKE n.pattern OR lower(p.name) LIKE n.pattern OR lower(p.number) LIKE n.pattern
           OR lower(coalesce(t.billing_code, k.billing_code)) LIKE n.pattern)
  ) f
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[])) AND t.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND EXISTS (SELECT FROM own_name n WHERE n.customer_id = c.customer_id)
    AND CAST(t.worked_on AS timestamp) AT TIME ZONE c.time_zone >= CAST(:since AS timestamptz)
    AND CAST(t.worked_on AS timestamp) AT TIME ZONE c.time_zone < CAST(:until AS timestamptz)
    AND f.kinds IS NOT NULL
)
