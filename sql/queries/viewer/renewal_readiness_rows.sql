-- The contracts behind: Renewal readiness, those that nothing follows first, the soonest before the others.
-- grain:   one row per contract that ends
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (its end); outcome text (renewed, not renewed, unknown); in_numerator,
--          in_denominator, is_unknown boolean; value float8 (seconds left; below zero: it has ended); amount numeric; currency, flow_key text;
--          followed_at timestamptz
-- source:  as the figure's
WITH
-- include: ending
SELECT
  e.customer_id, y.key AS system_key, e.contract_id AS item_id, concat_ws(', ', coalesce(a.name, e.account_ref), coalesce(e.number, e.contract_id)) AS label,
  t.at, e.outcome, e.outcome = 'renewed' AS in_numerator, e.outcome <> 'unknown' AS in_denominator, e.outcome = 'unknown' AS is_unknown,
  CAST(extract(epoch FROM t.at - c.at) AS float8) AS value, e.amount, CASE WHEN e.amount IS NOT NULL THEN e.currency END AS currency,
  CAST(NULL AS text) AS flow_key, e.followed_at
FROM ending e
JOIN cut c ON c.customer_id = e.customer_id
CROSS JOIN LATERAL (SELECT CAST(e.ends_on + 1 AS timestamp) AT TIME ZONE c.time_zone AS at) t
JOIN ops.system y ON y.customer_id = e.customer_id AND y.system_id = e.system_id
LEFT JOIN biz.account a ON a.customer_id = e.customer_id AND a.system_id = e.system_id AND a.source_id = e.account_ref
ORDER BY e.outcome = 'renewed', e.ends_on, e.customer_id, e.system_id, e.contract_id
LIMIT CAST(:row_limit AS bigint)
