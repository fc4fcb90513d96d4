-- What was written into the business systems on behalf of something else, and what was written once too often.
-- expects: params customer_ids int[]; since, until, as_of timestamptz (as_of null: now)
-- gives:   posted, one row per project with an opportunity's key and per bill of a piece of work, made in the period and still there:
--          kind (project, billing), system_id, item_id, source_key text; made_at timestamptz; is_extra (not the first for its source key);
--          amount numeric; currency, label text
-- source:  metrics.md A16, uniqueness in the copies we read. A project below another is part of it; a piece of work is billed twice when
--          bills for all of it stood already
posted_now AS (SELECT coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) AS at),
project_post AS (
  SELECT
    p.customer_id, p.system_id, p.source_id, p.made_at, p.source_key, p.amount, p.currency, p.label,
    row_number() OVER (PARTITION BY p.customer_id, p.system_id, p.source_key ORDER BY p.made_at, p.source_id) > 1 AS is_extra
  FROM (
    SELECT
      p.customer_id, p.system_id, p.source_id, coalesce(p.created_at, p.first_seen_at) AS made_at, upper(trim(p.opportunity_key)) AS source_key,
      p.budget_amount AS amount, CAST(p.currency AS text) AS currency, concat_ws(' ', p.number, p.name) AS label
    FROM biz.project p
    WHERE p.customer_id = ANY (CAST(:customer_ids AS int[])) AND p.opportunity_key IS NOT NULL AND trim(p.opportunity_key) <> '' AND p.parent_ref IS NULL
      AND coalesce(p.deleted_at > (SELECT n.at FROM posted_now n), true)
  ) p
),
billing_post AS (
  SELECT
    w.customer_id, w.system_id, w.item_type || ' ' || w.item_id AS source_key, b.invoice_id, b.from_at AS made_at, b.is_extra,
    round(w.amount * b.share, 4) AS amount, CAST(w.currency AS text) AS currency
  FROM kpi.work w
  CROSS JOIN LATERAL (
    SELECT p.invoice_id, p.from_at, p.share,
      coalesce(sum(p.share) OVER (ORDER BY p.from_at, p.n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) >= 1 AS is_extra
    FROM unnest(w.phase, w.phase_from, w.phase_to, w.phase_share, w.phase_invoice) WITH ORDINALITY p (phase, from_at, to_at, share, invoice_id, n)
    WHERE p.phase = 'billed' AND p.from_at <= (SELECT n.at FROM posted_now n) AND p.to_at > (SELECT n.at FROM posted_now n)
  ) b
  WHERE w.customer_id = ANY (CAST(:customer_ids AS int[]))
),
posted AS MATERIALIZED (
  SELECT p.customer_id, 'project' AS kind, p.system_id, p.source_id AS item_id, p.source_key, p.made_at, p.is_extra, p.amount, p.currency, p.label
  FROM project_post p
  WHERE p.made_at >= CAST(:since AS timestamptz) AND p.made_at < CAST(:until AS timestamptz) AND p.made_at <= (SELECT n.at FROM posted_now n)
  UNION ALL
  SELECT b.customer_id, 'billing', b.system_id, b.invoice_id, b.source_key, b.made_at, b.is_extra, b.amount, b.currency,
    concat_ws(' ', replace(b.source_key, '_', ' '), 'on invoice', i.number)
  FROM billing_post b
  LEFT JOIN biz.invoice i ON i.customer_id = b.customer_id AND i.system_id = b.system_id AND i.source_id = b.invoice_id
  WHERE b.made_at >= CAST(:since AS timestamptz) AND b.made_at < CAST(:until AS timestamptz)
)
