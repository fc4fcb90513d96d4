-- The work behind: Overall realization, the paid first.
-- grain:   one row per piece of work and what became of it: a bill that is paid in part has one for each
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (the day of the work begins); outcome text; in_numerator,
--          in_denominator, is_unknown boolean; value float8 (hours); amount numeric (what was billed, else what it is worth); currency, flow_key
--          text; standard numeric
-- source:  as the figure's
WITH
look AS (
  SELECT c.customer_id, c.time_zone, coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond' AS at
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
),
-- include: realized
,
-- include: collected
SELECT
  r.customer_id, y.key AS system_key, r.item_id,
  concat_ws(', ', coalesce(a.name, r.account_ref), coalesce(p.name, r.project_ref), to_char(r.worked_on, 'YYYY-MM-DD'),
            CASE WHEN r.item_type = 'time_entry' THEN round(r.hours, 2) || ' h' ELSE 'expense' END) AS label,
  CAST(r.worked_on AS timestamp) AT TIME ZONE k.time_zone AS at,
  CASE WHEN r.lost_how = 'old' THEN 'not billed after 90 days' ELSE replace(coalesce(r.lost_how, r.outcome), '_', ' ') END AS outcome,
  r.outcome = 'collected' AS in_numerator, r.outcome <> 'unknown' AS in_denominator, r.outcome = 'unknown' AS is_unknown,
  CAST(r.hours AS float8) AS value, coalesce(r.amount, r.standard) AS amount, r.currency, CAST(NULL AS text) AS flow_key, r.standard
FROM collected r
JOIN look k ON k.customer_id = r.customer_id
JOIN ops.system y ON y.customer_id = r.customer_id AND y.system_id = r.system_id
LEFT JOIN biz.project p ON p.customer_id = r.customer_id AND p.system_id = r.system_id AND p.source_id = r.project_ref
LEFT JOIN biz.account a ON a.customer_id = r.customer_id AND a.system_id = r.system_id AND a.source_id = r.account_ref
ORDER BY in_numerator DESC, r.standard DESC NULLS LAST, r.worked_on, r.customer_id, r.item_id, r.invoice_id, r.outcome
LIMIT CAST(:row_limit AS bigint)
