-- The bills-to-be behind: Invoice cycle time, the longest first.
-- grain:   one row per project, month and currency, and per milestone, date of a retainer and month of usage, that was watched or could not be judged
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (ready); outcome text (sent, open, written off, unknown);
--          in_numerator, in_denominator, is_unknown boolean; value float8 (seconds from ready to the end of its observation); amount
--          numeric; currency, flow_key, practice text
-- source:  as the figure's
WITH
watch AS (
  SELECT
    c.customer_id, CAST(:since AS timestamptz) AS observed_from,
    CAST(:since AS timestamptz) - interval '90 days' AS settled_from,
    least(CAST(:until AS timestamptz), coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond') AS observed_to
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
),
-- include: invoice_cycle
,
-- include: practice
SELECT
  c.customer_id, y.key AS system_key, c.cycle_id AS item_id,
  concat_ws(', ', coalesce(a.name, c.account_ref), coalesce(p.name, c.project_ref),
            CASE c.kind WHEN 'milestone' THEN coalesce(m.name, 'milestone') WHEN 'time' THEN to_char(c.month, 'YYYY-MM')
              ELSE concat_ws(' ', c.kind, c.cycle_id) END) AS label,
  c.ready_at AS at,
  CASE c.cause WHEN 1 THEN 'sent' WHEN 2 THEN 'written off' WHEN 0 THEN 'open' ELSE 'unknown' END AS outcome,
  coalesce(c.cause = 1, false) AS in_numerator, c.cause IS NOT NULL AS in_denominator, c.cause IS NULL AS is_unknown,
  c.t AS value, c.amount, CASE WHEN c.amount IS NOT NULL THEN c.currency END AS currency, CAST(NULL AS text) AS flow_key,
  coalesce(o.practice, '(no practice)') AS practice
FROM cycle c
JOIN ops.system y ON y.customer_id = c.customer_id AND y.system_id = c.system_id
LEFT JOIN biz.project p ON p.customer_id = c.customer_id AND p.system_id = c.system_id AND p.source_id = c.project_ref
LEFT JOIN practice o ON o.customer_id = c.customer_id AND o.system_id = c.system_id AND o.project_ref = c.project_ref
LEFT JOIN biz.account a ON a.customer_id = c.customer_id AND a.system_id = c.system_id AND a.source_id = c.account_ref
LEFT JOIN biz.milestone m ON c.kind = 'milestone' AND m.customer_id = c.customer_id AND m.system_id = c.system_id AND m.source_id = c.cycle_id
ORDER BY c.t DESC NULLS LAST, c.customer_id, c.cycle_id, c.currency
LIMIT CAST(:row_limit AS bigint)
