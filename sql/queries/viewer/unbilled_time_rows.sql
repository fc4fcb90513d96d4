-- The work behind: Unbilled time.
-- grain:   one row per piece of work and pool, at the end of the period; what is on its way to approval is told, and not added
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (the day of the work begins); outcome text (the pool);
--          in_numerator, in_denominator, is_unknown boolean; value float8 (hours); amount numeric; currency, flow_key, age_band, practice text
-- source:  as the figure's
WITH
-- include: work_end
,
-- include: work_standing
,
-- include: work_pool
,
-- include: practice
,
shown AS (
  SELECT q.*
  FROM pool q
  ORDER BY q.is_unbilled DESC, q.worked_on, q.customer_id, q.system_id, q.item_id, q.pool
  LIMIT CAST(:row_limit AS bigint)
)
SELECT
  q.customer_id, y.key AS system_key, q.item_id,
  concat_ws(', ', coalesce(a.name, q.account_ref), coalesce(p.name, q.project_ref), to_char(q.worked_on, 'YYYY-MM-DD'),
            CASE WHEN q.item_type = 'time_entry' THEN round(q.hours, 2) || ' h' ELSE 'expense' END) AS label,
  CAST(q.worked_on AS timestamp) AT TIME ZONE c.time_zone AS at,
  q.pool AS outcome,
  q.is_unbilled AND q.amount IS NOT NULL AS in_numerator,
  false AS in_denominator,
  q.pool = 'unknown' OR q.is_unbilled AND q.amount IS NULL AS is_unknown,
  CAST(q.hours AS float8) AS value, q.amount, q.currency, CAST(NULL AS text) AS flow_key,
  q.age_band, coalesce(o.practice, '(no practice)') AS practice
FROM shown q
JOIN ops.customer c ON c.customer_id = q.customer_id
JOIN ops.system y ON y.customer_id = q.customer_id AND y.system_id = q.system_id
LEFT JOIN biz.project p ON p.customer_id = q.customer_id AND p.system_id = q.system_id AND p.source_id = q.project_ref
LEFT JOIN practice o ON o.customer_id = q.customer_id AND o.system_id = q.system_id AND o.project_ref = q.project_ref
LEFT JOIN biz.account a ON a.customer_id = q.customer_id AND a.system_id = q.system_id AND a.source_id = q.account_ref
ORDER BY q.is_unbilled DESC, q.worked_on, q.customer_id, q.system_id, q.item_id, q.pool
