-- The customers behind D3c, those that are gone first.
-- grain:   one row per customer that paid a year ago
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (a year ago); outcome text (gone, still pays); in_numerator,
--          in_denominator, is_unknown boolean; value float8 (null); amount numeric (a month's fee a year ago); currency, flow_key text
-- source:  as the figure's
WITH
-- include: fee_step
,
-- include: retained
SELECT
  r.customer_id, CAST(NULL AS text) AS system_key, CAST(r.customer_id AS text) AS item_id, concat_ws(', ', r.name, r.tier) AS label, r.since AS at,
  CASE WHEN r.finish = 0 THEN 'gone' ELSE 'still pays' END AS outcome, coalesce(r.finish = 0, false) AS in_numerator, true AS in_denominator,
  false AS is_unknown, CAST(NULL AS float8) AS value, r.start AS amount, r.currency, CAST(NULL AS text) AS flow_key
FROM retained r
ORDER BY coalesce(r.finish = 0, false) DESC, r.start DESC, r.customer_id
LIMIT CAST(:row_limit AS bigint)
