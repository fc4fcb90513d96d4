-- The projects behind: Project margin, those that lose most first.
-- grain:   one row per client project that earned or cost something in the period
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (start of the period); outcome text (on which basis it earned;
--          unknown); in_numerator, in_denominator, is_unknown boolean; value float8 (margin, 0..1; null: no revenue); amount numeric (revenue
--          less cost); currency, flow_key text; revenue, cost numeric; practice text
-- source:  as the figure's
WITH
-- include: look
,
-- include: margin
,
-- include: practice
SELECT
  m.customer_id, y.key AS system_key, m.project_ref AS item_id,
  concat_ws(', ', coalesce(a.name, m.account_ref), concat_ws(' ', m.number, coalesce(m.name, m.project_ref))) AS label, CAST(:since AS timestamptz) AS at,
  CASE WHEN m.is_unknown THEN 'unknown' ELSE m.basis END AS outcome, NOT m.is_unknown AS in_numerator, NOT m.is_unknown AS in_denominator, m.is_unknown,
  CASE WHEN NOT m.is_unknown AND m.revenue > 0 THEN CAST((m.revenue - m.cost) / m.revenue AS float8) END AS value,
  CASE WHEN NOT m.is_unknown THEN m.revenue - m.cost END AS amount, CASE WHEN NOT m.is_unknown THEN m.currency END AS currency,
  CAST(NULL AS text) AS flow_key, m.revenue, m.cost, coalesce(o.practice, '(no practice)') AS practice
FROM margin m
JOIN ops.system y ON y.customer_id = m.customer_id AND y.system_id = m.system_id
LEFT JOIN practice o ON o.customer_id = m.customer_id AND o.system_id = m.system_id AND o.project_ref = m.project_ref
LEFT JOIN biz.account a ON a.customer_id = m.customer_id AND a.system_id = m.system_id AND a.source_id = m.account_ref
ORDER BY m.is_unknown, amount, m.customer_id, m.system_id, m.project_ref
LIMIT CAST(:row_limit AS bigint)
