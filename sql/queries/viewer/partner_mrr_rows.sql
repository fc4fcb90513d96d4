-- The customers behind D1, those that pay the most first.
-- grain:   one row per customer
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (since when it is so); outcome text (pays, pays nothing, no fee agreed,
--          ended); in_numerator, in_denominator, is_unknown boolean; value float8 (null); amount numeric; currency, flow_key, tier text
-- source:  as the figure's
WITH
-- include: fee_step
,
-- include: fee_standing
SELECT
  s.customer_id, CAST(NULL AS text) AS system_key, CAST(s.customer_id AS text) AS item_id, concat_ws(', ', s.name, s.tier) AS label, s.at,
  CASE WHEN s.fee > 0 THEN 'pays' WHEN s.fee = 0 THEN 'pays nothing' WHEN s.is_unknown THEN 'no fee agreed' ELSE 'ended' END AS outcome,
  coalesce(s.fee > 0, false) AS in_numerator, false AS in_denominator, s.is_unknown, CAST(NULL AS float8) AS value, s.fee AS amount,
  CASE WHEN s.fee IS NOT NULL THEN s.currency END AS currency, CAST(NULL AS text) AS flow_key, coalesce(s.tier, '(none)') AS tier
FROM standing s
ORDER BY s.fee DESC NULLS LAST, s.customer_id
LIMIT CAST(:row_limit AS bigint)
