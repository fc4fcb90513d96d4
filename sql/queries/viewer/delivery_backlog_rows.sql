-- The projects behind: Delivery backlog, the most that is left first.
-- grain:   one row per running project
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (made); outcome text (to deliver, delivered, unknown); in_numerator,
--          in_denominator, is_unknown boolean; value float8 (hours left of a budget in hours); amount numeric (left); currency, flow_key text;
--          ends_on date; practice text
-- source:  as the figure's
WITH
look AS (
  SELECT c.customer_id, c.time_zone, least(CAST(:until AS timestamptz), coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond') AS at
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[])) AND CAST(:since AS timestamptz) < CAST(:until AS timestamptz)
),
-- include: delivery
,
-- include: practice
SELECT
  d.customer_id, y.key AS system_key, d.project_id AS item_id,
  concat_ws(', ', coalesce(a.name, d.account_ref), concat_ws(' ', d.number, coalesce(d.name, d.project_id))) AS label, d.made_at AS at, d.outcome,
  d.outcome = 'to deliver' AS in_numerator, false AS in_denominator, d.outcome = 'unknown' AS is_unknown, CAST(d.left_hours AS float8) AS value,
  CASE WHEN d.outcome <> 'unknown' THEN d.left_amount END AS amount,
  CASE WHEN d.outcome <> 'unknown' AND d.left_amount IS NOT NULL THEN d.currency END AS currency, CAST(NULL AS text) AS flow_key, d.ends_on,
  coalesce(o.practice, '(no practice)') AS practice
FROM delivery d
JOIN ops.system y ON y.customer_id = d.customer_id AND y.system_id = d.system_id
LEFT JOIN practice o ON o.customer_id = d.customer_id AND o.system_id = d.system_id AND o.project_ref = d.project_id
LEFT JOIN biz.account a ON a.customer_id = d.customer_id AND a.system_id = d.system_id AND a.source_id = d.account_ref
ORDER BY d.outcome = 'unknown', d.left_amount DESC NULLS LAST, d.customer_id, d.system_id, d.project_id
LIMIT CAST(:row_limit AS bigint)
