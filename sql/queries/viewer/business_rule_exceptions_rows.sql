-- The records behind: Business-rule exceptions, with the rules they break.
-- grain:   one row per record that breaks a rule, or of which nobody knows
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz; outcome text (the rules it breaks; or unknown, and the rules);
--          in_numerator, in_denominator, is_unknown boolean; value float8 (number of rules it breaks); amount numeric; currency, flow_key, project, practice text
-- source:  as the figure's
WITH
look AS (
  SELECT
    c.customer_id, c.time_zone, v.at, least(CAST(:until AS timestamptz), v.at) AS until_at
  FROM ops.customer c
  CROSS JOIN LATERAL (SELECT coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond' AS at) v
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
),
-- include: rule_check
-- include: place_known
,
record AS (
  SELECT
    r.customer_id, r.object_type, r.system_id, r.object_id, min(r.at) FILTER (WHERE r.is_broken IS NOT FALSE) AS at, max(r.project_ref) AS project_ref,
    max(r.account_ref) AS account_ref, max(r.currency) AS currency, coalesce(bool_or(r.is_broken), false) AS is_broken,
    count(*) FILTER (WHERE r.is_broken) AS rules, max(r.amount) FILTER (WHERE r.is_broken) AS amount,
    coalesce(string_agg(r.rule, ', ' ORDER BY r.rule) FILTER (WHERE r.is_broken),
             'unknown: ' || string_agg(r.rule, ', ' ORDER BY r.rule) FILTER (WHERE r.is_broken IS NULL)) AS outcome
  FROM rule_check r
  GROUP BY r.customer_id, r.object_type, r.system_id, r.object_id
  HAVING bool_or(r.is_broken IS NOT FALSE)
)
SELECT
  r.customer_id, y.key AS system_key, r.object_id AS item_id,
  concat_ws(', ', r.object_type || ' ' || coalesce(i.number, o.number, r.object_id), coalesce(a.name, r.account_ref), coalesce(p.name, r.project_ref)) AS label,
  r.at, r.outcome, r.is_broken AS in_numerator, false AS in_denominator, NOT r.is_broken AS is_unknown, CAST(r.rules AS float8) AS value,
  v.amount, v.currency, CAST(NULL AS text) AS flow_key, place.project, place.practice
FROM record r
JOIN ops.system y ON y.customer_id = r.customer_id AND y.system_id = r.system_id
LEFT JOIN kpi.work w ON r.object_type = 'time entry' AND w.customer_id = r.customer_id AND w.system_id = r.system_id AND w.item_type = 'time_entry'
  AND w.item_id = r.object_id
CROSS JOIN LATERAL (
  SELECT x.amount, CASE WHEN x.amount IS NOT NULL THEN coalesce(r.currency, CAST(w.currency AS text)) END AS currency
  FROM (SELECT CASE WHEN r.is_broken THEN coalesce(r.amount, w.amount) END AS amount) x
) v
LEFT JOIN biz.account a ON a.customer_id = r.customer_id AND a.system_id = r.system_id AND a.source_id = r.account_ref
LEFT JOIN biz.project p ON p.customer_id = r.customer_id AND p.system_id = r.system_id AND p.source_id = r.project_ref
LEFT JOIN biz.invoice i ON r.object_type = 'invoice' AND i.customer_id = r.customer_id AND i.system_id = r.system_id AND i.source_id = r.object_id
LEFT JOIN biz.opportunity o ON r.object_type = 'opportunity' AND o.customer_id = r.customer_id AND o.system_id = r.system_id AND o.source_id = r.object_id
CROSS JOIN LATERAL (SELECT r.customer_id, r.system_id, replace(r.object_type, ' ', '_') AS object_type, r.object_id) x
-- include: record_place
ORDER BY r.is_broken DESC, v.amount DESC NULLS LAST, r.at, r.customer_id, r.object_type, r.object_id
LIMIT CAST(:row_limit AS bigint)
