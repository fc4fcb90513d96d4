-- The changes behind D1b, the newest first.
-- grain:   one row per change and currency: a fee that moved to another currency left one and entered the other
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz; outcome text (the movement); in_numerator, in_denominator, is_unknown
--          boolean; value float8 (null); amount numeric (negative: takes away); currency, flow_key, movement text
-- source:  as the figure's
WITH
-- include: fee_step
,
-- include: fee_move
SELECT
  m.customer_id, CAST(NULL AS text) AS system_key, CAST(m.customer_id AS text) AS item_id, concat_ws(', ', s.name, m.tier) AS label, m.at,
  m.movement AS outcome, true AS in_numerator, false AS in_denominator, false AS is_unknown, CAST(NULL AS float8) AS value, m.amount, m.currency,
  CAST(NULL AS text) AS flow_key, m.movement
FROM move m
JOIN served s ON s.customer_id = m.customer_id
ORDER BY m.at DESC, m.customer_id, m.currency
LIMIT CAST(:row_limit AS bigint)
