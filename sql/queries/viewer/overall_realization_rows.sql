-- The work behind: Overall realization, the paid first.
-- grain:   one row per piece of work and what became of it: a bill that is paid in part has one for each
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (the day of the work begins); outcome text; in_numerator,
--          in_denominator, is_unknown boolean; value float8 (hours); amount numeric (what was billed, else what it is worth); currency, flow_key
--          text; standard numeric; practice text
-- source:  as the figure's
WITH
-- include: look
,
-- include: realized
,
-- include: collected
,
shown AS (
  SELECT r.*, r.outcome = 'collected' AS in_numerator, coalesce(r.amount, r.standard) AS told
  FROM collected r
)
-- include: realized_row
