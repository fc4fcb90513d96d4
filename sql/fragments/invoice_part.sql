-- Which shares of invoices are of which project or practice, by what their lines come to.
-- expects: practice_of (fragment of that name); parameters customer_ids int[]; by text (project, practice or null)
-- gives:   invoice_part, one row per invoice and part: lower, upper (its stretch of the invoice, 0..1 in all; null: lines of which nobody knows what
--          they come to are of several parts); an invoice without lines is its own project's; empty where nothing is split
-- source:  [ours] a line says its project itself, by its task or by its invoice
invoice_part AS MATERIALIZED (
  SELECT
    g.customer_id, g.system_id, g.invoice_id, g.part,
    CASE WHEN count(*) OVER bill = 1 THEN 0 WHEN NOT bool_or(g.net IS NULL) OVER bill
      THEN (sum(g.net) OVER upto - g.net) / nullif(sum(g.net) OVER bill, 0) END AS lower,
    CASE WHEN count(*) OVER bill = 1 THEN 1 WHEN NOT bool_or(g.net IS NULL) OVER bill
      THEN sum(g.net) OVER upto / nullif(sum(g.net) OVER bill, 0) END AS upper
  FROM (
    SELECT
      i.customer_id, i.system_id, i.source_id AS invoice_id, kpi.work_part(CAST(:by AS text), i.system_id, v.project_ref, NULL, o.practice) AS part,
      CASE WHEN count(*) = count(l.net) THEN sum(l.net) END AS net
    FROM biz.invoice i
    LEFT JOIN biz.invoice_line l ON l.customer_id = i.customer_id AND l.system_id = i.system_id AND l.invoice_ref = i.source_id AND l.deleted_at IS NULL
    LEFT JOIN biz.task k ON k.customer_id = l.customer_id AND k.system_id = l.system_id AND k.source_id = l.task_ref
    CROSS JOIN LATERAL (SELECT coalesce(l.project_ref, k.project_ref, i.project_ref) AS project_ref) v
    LEFT JOIN practice_of o ON o.customer_id = i.customer_id AND o.system_id = i.system_id AND o.project_ref = v.project_ref
    WHERE i.customer_id = ANY (CAST(:customer_ids AS int[])) AND CAST(:by AS text) IN ('project', 'practice')
    GROUP BY 1, 2, 3, 4
  ) g
  WINDOW bill AS (PARTITION BY g.customer_id, g.system_id, g.invoice_id), upto AS (bill ORDER BY g.part)
)
